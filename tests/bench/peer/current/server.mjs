// The reference's sync server as 0.2.8 is written, on the current packages.
import { Repo } from "@automerge/automerge-repo";
import { WebSocketServerAdapter } from "@automerge/automerge-repo-network-websocket";
import { NodeFSStorageAdapter } from "@automerge/automerge-repo-storage-nodefs";
import { WebSocketServer } from "ws";

const socket = new WebSocketServer({ port: Number(process.env.PORT), host: "127.0.0.1" });
new Repo({
  network: [new WebSocketServerAdapter(socket)],
  storage: new NodeFSStorageAdapter(process.env.DATA_DIR),
  peerId: "storage-server-bench",
  sharePolicy: async () => false,
});
socket.on("listening", () => console.log("listening"));
