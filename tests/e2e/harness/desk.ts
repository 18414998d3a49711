import type { City } from "./city.js";
import { DEMO_PASSWORD } from "./console.js";

/** What a supervisor sees of a value that was recorded. */
export interface Recorded {
  value: string;
  by: { name: string };
  how: string;
}

/** What a supervisor sees of an item, as far as tests look at it. */
export interface Item {
  code: string;
  answer: { state: string; value: string | null; values: Recorded[]; covers: string[] };
  findings: Finding[];
  photos: Photo[];
  survey: { yes: number; no: number; void: number } | null;
}

export interface Finding {
  id: string;
  kind: string;
  place: string;
  note: string;
  fixed_on_spot: boolean;
  asset: string;
  photos: Photo[];
  struck: { reason: string } | null;
}

export interface Photo {
  id: string;
  hash: string;
  copy_of: string | null;
  source: string;
  role: string;
  delivered: boolean;
}

interface OfficeDevice {
  id: string;
  kind: string;
  user: { name: string };
  revoked_at: number | null;
}

interface Inspection {
  heads: string[];
  continues: string | null;
  continued_by: string | null;
  row: { state: string };
  presences: { passage: string; by: { name: string }; point: object | null }[];
  signatures: Photo[];
  domains: { items: Item[] }[];
}

/** A supervisor at her desk, past the console's screens: the same interface the console uses. */
export class Desk {
  private constructor(
    private readonly city: City,
    private readonly cookie: string,
  ) {}

  static async open(city: City, login = "supervisor"): Promise<Desk> {
    const response = await fetch(`${city.address}/v1/session`, {
      method: "POST",
      headers: { "Content-Type": "application/json", "x-rounds": "1" },
      body: JSON.stringify({ login, password: DEMO_PASSWORD }),
    });
    if (!response.ok) throw new Error(`${login} cannot sign in: ${await response.text()}`);
    return new Desk(city, response.headers.getSetCookie().join("; "));
  }

  /** The ids of the inspections that may be seen. */
  async inspections(): Promise<string[]> {
    const { rows } = (await (await this.ask("GET", "/v1/inspections")).json()) as { rows: { id: string }[] };
    return rows.map(({ id }) => id);
  }

  /** The newest inspection of a place. */
  async find(place: string): Promise<string | undefined> {
    const answer = await this.ask("GET", `/v1/inspections?query=${encodeURIComponent(place)}`);
    return ((await answer.json()) as { rows: { id: string }[] }).rows[0]?.id;
  }

  async inspection(id: string): Promise<Inspection> {
    return (await (await this.ask("GET", `/v1/inspections/${id}`)).json()) as Inspection;
  }

  async item(inspection: string, code: string): Promise<Item> {
    const { domains } = await this.inspection(inspection);
    const item = domains.flatMap((domain) => domain.items).find((each) => each.code === code);
    if (!item) throw new Error(`${inspection} has no item ${code}`);
    return item;
  }

  /** 核定: what holds of the values that stand. */
  async decide(inspection: string, code: string, value: string, reason: string): Promise<void> {
    const { covers } = (await this.item(inspection, code)).answer;
    await this.ask("POST", `/v1/inspections/${inspection}/decisions`, { item: code, value, covers, reason });
  }

  /** 退回补正, item by item. */
  async sendBack(inspection: string, code: string, reason: string): Promise<void> {
    await this.ask("POST", `/v1/inspections/${inspection}/returns`, { items: [{ item: code, reason }], reason: "" });
  }

  /** 通过, as the inspection is now. */
  async approve(inspection: string): Promise<void> {
    const { heads } = await this.inspection(inspection);
    await this.ask("POST", `/v1/inspections/${inspection}/approvals`, { heads, reason: "" });
  }

  /** 意见 on an inspection as a whole. */
  async comment(inspection: string, text: string): Promise<void> {
    await this.ask("POST", `/v1/inspections/${inspection}/comments`, { text });
  }

  /** Takes a person's phones out of use. */
  async revoke(person: string, reason: string): Promise<void> {
    const devices = (await (await this.ask("GET", "/v1/devices")).json()) as OfficeDevice[];
    const phones = devices.filter(
      ({ kind, user, revoked_at }) => kind === "phone" && user.name === person && !revoked_at,
    );
    for (const { id } of phones) await this.ask("POST", `/v1/devices/${id}/revoke`, { reason });
  }

  /** 立案 of a finding and 派遣, to somebody by his name; the case's id. */
  async dispatch(inspection: string, finding: string, to: string, checker: string): Promise<string> {
    const opened = await this.ask("POST", "/v1/cases", { inspection, finding });
    const { row } = (await opened.json()) as { row: { id: string } };
    const users = (await (await this.ask("GET", "/v1/users")).json()) as { id: string; name: string }[];
    const of = (name: string) => users.find((user) => user.name === name)?.id;
    const { day } = (await (await this.ask("GET", "/v1/overview")).json()) as { day: string };
    const draft = { act: "dispatch", to: of(to), checker: of(checker), due: day, text: "请尽快清运" };
    await this.ask("POST", `/v1/cases/${row.id}/events`, draft);
    return row.id;
  }

  async photo(hash: string): Promise<Buffer> {
    return Buffer.from(await (await this.ask("GET", `/v1/photos/${hash}`)).arrayBuffer());
  }

  private async ask(method: string, path: string, body?: unknown): Promise<Response> {
    const headers = { "Content-Type": "application/json", "x-rounds": "1", cookie: this.cookie };
    const response = await fetch(this.city.address + path, { method, headers, body: JSON.stringify(body) });
    if (!response.ok) throw new Error(`${method} ${path}: ${response.status} ${await response.text()}`);
    return response;
  }
}
