import { execFile, spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { setTimeout } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";

const ROOT = fileURLToPath(new URL("../../..", import.meta.url));
const BUILT = `${process.env.CARGO_TARGET_DIR ?? `${ROOT}target`}/debug`;
const START_MS_MAX = 60_000;

/** A running program of ours: it says where it listens, and ends when told. */
export class Program {
  private constructor(
    private readonly child: ChildProcess,
    private readonly ended: Promise<unknown>,
    readonly address: string,
  ) {}

  /** Starts the program and waits for its line `listening on http://…`; what it says is added to `log`. */
  static async start(name: string, args: string[], env: Record<string, string>, log: string[]): Promise<Program> {
    const path = `${BUILT}/${name}`;
    if (!existsSync(path)) throw new Error(`${path} is not built: run \`make test\``);
    const child = spawn(path, args, { env: { ...process.env, ...env }, stdio: ["ignore", "pipe", "pipe"] });
    const ended = once(child, "exit");
    child.stderr.setEncoding("utf8").on("data", (text: string) => log.push(text));
    const address = await Promise.race([
      announced(child, log),
      ended.then(() => undefined),
      setTimeout(START_MS_MAX, undefined, { ref: false }),
    ]);
    if (address === undefined) {
      child.kill("SIGKILL");
      throw new Error(`${name} does not listen:\n${log.join("")}`);
    }
    return new Program(child, ended, address);
  }

  /** Runs a program to its end; what it said. */
  static async run(name: string, args: string[]): Promise<string> {
    return (await promisify(execFile)(`${BUILT}/${name}`, args)).stdout;
  }

  /** Asks it to end, as Ctrl-C does, and waits until it has. */
  async stop(): Promise<void> {
    this.child.kill("SIGTERM");
    await this.ended;
  }

  /** Ends it at once, as a dead battery would. */
  async kill(): Promise<void> {
    this.child.kill("SIGKILL");
    await this.ended;
  }
}

function announced(child: ChildProcess, log: string[]): Promise<string> {
  return new Promise((resolve) => {
    let said = "";
    child.stdout?.setEncoding("utf8").on("data", (text: string) => {
      log.push(text);
      said += text;
      const address = /^listening on (http\S+)$/m.exec(said)?.[1];
      if (address) resolve(address);
    });
  });
}
