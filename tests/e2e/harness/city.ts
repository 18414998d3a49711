import { cp, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Program } from "./program.js";

/** What a city is made of, as the server has it built in. */
const KUNMING = new URL("../../../server/data/kunming", import.meta.url);

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

  /**
   * The city's files edited as whoever keeps them would, for the next time it is opened: another text for the items of a
   * domain, and so every checklist in its second version.
   */
  async edit(domain: string, change: (file: string) => string): Promise<void> {
    const files = join(this.dataDir, "city-files");
    await cp(KUNMING, files, { recursive: true });
    const edit = async (name: string, how: (file: string) => string) => {
      const file = join(files, name);
      await writeFile(file, how(await readFile(file, "utf8")));
    };
    await edit("checklists.toml", (file) => file.replaceAll("version = 1", "version = 2"));
    await edit(`templates/${domain}.toml`, change);
    this.args.push("--city-data", files);
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
