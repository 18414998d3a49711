import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Program } from "./program.js";

/** A city's server over a directory of its own. */
export class City {
  readonly log: string[] = [];
  private constructor(
    private readonly dataDir: string,
    private readonly args: string[],
    private server: Program | undefined,
  ) {}

  /** The demo city: areas, people and assignments of today. */
  static demo(): Promise<City> {
    return City.start(["--demo"]);
  }

  /** A city nobody has set up yet. */
  static empty(): Promise<City> {
    return City.start([]);
  }

  private static async start(args: string[]): Promise<City> {
    const dataDir = await mkdtemp(join(tmpdir(), "rounds-city-"));
    const city = new City(dataDir, args, undefined);
    await city.open();
    return city;
  }

  /** Where people reach it; the same after it was stopped and opened again. */
  get address(): string {
    if (!this.server) throw new Error("the city was never opened");
    return this.server.address;
  }

  async open(): Promise<void> {
    const listen = this.server ? new URL(this.server.address).host : "127.0.0.1:0";
    const args = ["serve", "--data", this.dataDir, "--listen", listen, ...this.args];
    this.server = await Program.start("rounds-server", args, {}, this.log);
  }

  /** Stops the server; devices meet a dead address until it is opened again. */
  async stop(): Promise<void> {
    await this.server?.stop();
  }

  /** Takes in the file of a phone, while the server is stopped; what it says. */
  async import(file: string): Promise<string> {
    return Program.run("rounds-server", ["import", "--data", this.dataDir, file]);
  }

  /** Ends the server in the middle of whatever it does. */
  async kill(): Promise<void> {
    await this.server?.kill();
  }

  async end(): Promise<void> {
    await this.stop();
    await rm(this.dataDir, { recursive: true });
  }
}
