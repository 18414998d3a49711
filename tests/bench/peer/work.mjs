// The reference's client, told what to do: node work.mjs VERSION WHAT ARGUMENTS. It says a line when it is ready, waits for one,
// does the work, and says how long it took. Nothing in it polls.
import { createInterface } from "node:readline";

const [version, what, text] = process.argv.slice(2);
const given = JSON.parse(text);
const { Repo, Socket, Storage } = await import(`./${version}/index.mjs`);

const say = (said) => console.log(JSON.stringify(said));
const same = (some, others) => some.length === others.length && [...some].sort().join() === [...others].sort().join();

/** Resolves when the server says that it has a document as it is here. */
const delivered = (handle) =>
  new Promise((resolve) => {
    handle.on("remote-heads", ({ heads }) => {
      if (same(heads, handle.heads())) resolve();
    });
  });

/** Finds a document and waits until it is there. */
async function found(repo, url) {
  const handle = await repo.find(url);
  await handle.whenReady();
  return handle;
}

const connect = (repo) => repo.networkSubsystem.addNetworkAdapter(new Socket(given.server));

/** A document with as many answers, each a change of its own. */
function answered(repo, answers) {
  const codes = Array.from({ length: answers }, (_, n) => `ITEM-${String(n).padStart(2, "0")}`);
  const handle = repo.create();
  handle.change((doc) => {
    doc.about = { schema: 1, kind: "routine", area: "530102001001", template: "walk-round" };
    doc.answers = Object.fromEntries(codes.map((code) => [code, {}]));
    Object.assign(doc, { findings: {}, photos: {}, remarks: [], submissions: [], reviews: [] });
  });
  for (const code of codes) {
    handle.change((doc) => {
      doc.answers[code].value = code.length % 5 ? "pass" : "fail";
      doc.answers[code].how = "tap";
    });
  }
  return handle;
}

const works = {
  /** Several devices, each with documents made without a connection: how long until the server says it has them. */
  async push({ devices, documents, answers }) {
    const repos = Array.from({ length: devices }, () => new Repo({ network: [] }));
    const handles = repos.flatMap((repo) => Array.from({ length: documents / devices }, () => answered(repo, answers)));
    return async () => {
      const all = Promise.all(handles.map(delivered));
      repos.forEach(connect);
      await all;
      return { documents: handles.map((handle) => [handle.url, handle.heads()]) };
    };
  },

  /** A fresh device fetches documents and compares their heads. */
  async pull({ documents }) {
    const repo = new Repo({ network: [] });
    return async () => {
      connect(repo);
      await new Promise((resolve) => repo.networkSubsystem.on("peer", resolve));
      const handles = await Promise.all(documents.map(([url]) => found(repo, url)));
      const equal = handles.filter((handle, n) => same(handle.heads(), documents[n][1])).length;
      return { equal };
    };
  },

  /** Makes documents on a device with storage, and delivers them. */
  async fill({ storage, documents, answers }) {
    const repo = new Repo({ network: [], storage: new Storage(storage) });
    const handles = Array.from({ length: documents }, () => answered(repo, answers));
    return async () => {
      const all = Promise.all(handles.map(delivered));
      connect(repo);
      await all;
      await repo.flush();
      return { urls: handles.map((handle) => handle.url) };
    };
  },

  /** A device that is in sync opens its documents and connects: until it has heard of every one. */
  async reconnect({ storage, urls }) {
    const repo = new Repo({ network: [], storage: new Storage(storage) });
    await Promise.all(urls.map((url) => found(repo, url)));
    return async () => {
      const waiting = new Set(urls.map((url) => url.split(":")[1]));
      await new Promise((resolve) => {
        repo.networkSubsystem.on("message", (message) => {
          waiting.delete(message.documentId);
          if (waiting.size === 0) resolve();
        });
        connect(repo);
      });
      return {};
    };
  },
};

const work = await works[what](given);
say({ ready: true });
const lines = createInterface({ input: process.stdin })[Symbol.asyncIterator]();
await lines.next();
const began = performance.now();
const done = await work();
const ms = performance.now() - began;
process.stdout.write(JSON.stringify({ ms, ...done }) + "\n", () => process.exit(0));
