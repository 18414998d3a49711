export { Repo } from "@automerge/automerge-repo";
export { BrowserWebSocketClientAdapter as Socket } from "@automerge/automerge-repo-network-websocket";
export { NodeFSStorageAdapter as Storage } from "@automerge/automerge-repo-storage-nodefs";
