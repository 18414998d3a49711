/** Every command of the shell, typed. A command that fails throws a `Failure`. */
import { invoke } from "@tauri-apps/api/core";
import type * as B from "@/lib/bindings";
import { asFailure } from "@/lib/failure";

export interface SignIn {
  server: string;
  login: string;
  password: string;
  device_name: string;
  /** The PIN of somebody who is new on this phone, if he chose one. */
  pin: string | null;
}

export interface FindingFields {
  kind: string;
  note: string;
  place: string;
  point: B.Point | null;
  fixed_on_spot: boolean;
  asset: string;
}

export interface NewPhoto {
  file: Blob;
  /** The inspection, or the case. */
  inspection: string;
  /** None for a signature of the whole visit, and for a photo of a case. */
  item: string | null;
  finding: string | null;
  /** The photo it is a copy of, with something drawn on it. */
  copy_of: string | null;
  source: B.PhotoView["source"];
  role: B.PhotoView["role"];
  point: B.Point | null;
  /** How much of it is kept. */
  detail: B.PhotoDetail;
}

async function call<T>(command: string, args?: Record<string, unknown>): Promise<T> {
  try {
    return await invoke<T>(command, args);
  } catch (error) {
    throw asFailure(error);
  }
}

export const commands = {
  state: () => call<B.AppState>("state"),
  enrol: (args: SignIn) => call<B.AppState>("enrol", { ...args }),
  checkPin: (pin: string) => call<null>("check_pin", { pin }),
  lock: () => call<B.AppState>("lock"),
  pause: () => call<B.AppState>("pause"),
  /** The system shows `reason` while it looks at the person. */
  resume: (holder: string, reason: string) => call<B.AppState>("resume", { holder, reason }),
  unlock: (holder: string, pin: string | null) => call<B.AppState>("unlock", { holder, pin }),
  setPin: (current: string | null, pin: string) => call<B.AppState>("set_pin", { current, pin }),
  setServer: (address: string) => call<B.AppState>("set_server", { address }),
  recover: (holder: string, password: string, pin: string) => call<B.AppState>("recover", { holder, password, pin }),

  today: () => call<B.Today>("today"),
  areas: (query: string, limit: number) => call<B.AreaRow[]>("areas", { query, limit }),
  area: (code: string) => call<B.AreaDetail>("area", { code }),
  sites: (query: string, limit: number) => call<B.FoundSite[]>("sites", { query, limit }),
  templates: () => call<B.TemplateRow[]>("templates"),

  openAssignment: (assignment: string) => call<string>("open_assignment", { assignment }),
  openUnplanned: (args: { area: string; site: string | null; template: string; kind: B.InspectionKind }) =>
    call<string>("open_unplanned", args),
  openContinuation: (inspection: string) => call<string>("open_continuation", { inspection }),
  inspection: (id: string) => call<B.InspectionView>("inspection", { id }),
  inspections: () => call<B.InspectionCard[]>("inspections"),

  answer: (inspection: string, item: string, value: string | null) =>
    call<B.ItemView>("answer", { inspection, item, value }),
  takeBack: (inspection: string, item: string) => call<B.ItemView>("take_back", { inspection, item }),
  passRest: (inspection: string, domain: string) => call<B.RestPassed>("pass_rest", { inspection, domain }),
  takeBackRest: (inspection: string, items: string[]) =>
    call<B.InspectionView>("take_back_rest", { inspection, items }),
  bringItems: (inspection: string) => call<B.InspectionView>("bring_items", { inspection }),
  findingAdd: (inspection: string, item: string, fields: FindingFields, photos: string[]) =>
    call<B.ItemView>("finding_add", { inspection, item, ...fields, photos }),
  draftKeep: (inspection: string, item: string, draft: B.DraftView) =>
    call<null>("draft_keep", { inspection, item, draft }),
  draft: (inspection: string, item: string) => call<B.DraftView | null>("draft", { inspection, item }),
  findingEdit: (inspection: string, finding: string, fields: FindingFields) =>
    call<B.ItemView>("finding_edit", { inspection, finding, ...fields }),
  findingJoin: (inspection: string, finding: string, into: string, reason: string) =>
    call<B.ItemView>("finding_join", { inspection, finding, into, reason }),
  strike: (inspection: string, target: B.StrikeTarget, reason: string) =>
    call<B.InspectionView>("strike", { inspection, target, reason }),
  remarkAdd: (inspection: string, item: string | null, text: string) =>
    call<B.InspectionView>("remark_add", { inspection, item, text }),
  pass: (inspection: string, passage: B.Passage, point: B.Point | null) =>
    call<B.InspectionView>("pass", { inspection, passage, point }),
  respond: (inspection: string, item: string, opinion: B.Opinion) =>
    call<B.ItemView>("respond", { inspection, item, opinion }),
  takeBackResponse: (inspection: string, item: string) => call<B.ItemView>("take_back_response", { inspection, item }),
  phrases: (item: string) => call<string[]>("phrases", { item }),
  submit: (inspection: string) => call<B.InspectionView>("submit", { inspection }),

  cases: () => call<B.Cases>("cases"),
  case: (id: string) => call<B.CaseView>("case", { id }),
  caseAct: (id: string, act: B.CaseAct, text: string, photos: string[]) =>
    call<B.CaseView>("case_act", { case: id, act, text, photos }),
  casePhotoStrike: (id: string, photo: string, reason: string) =>
    call<B.CaseView>("case_photo_strike", { case: id, photo, reason }),

  photo: (hash: string, size: "thumb" | "full") => call<ArrayBuffer>("photo", { hash, size }),
  photoAdd,
  readCode,

  syncNow: () => call<B.SyncStatus>("sync_now"),
  photosPolicy: (wifi_only: boolean, metered: boolean) =>
    call<B.SyncStatus | null>("photos_policy", { wifiOnly: wifi_only, metered }),
  export: () => call<B.Exported>("export"),
  exportLog: () => call<string>("export_log"),
  syncStatus: () => call<B.SyncStatus>("sync_status"),
};

/** What the code on a plate says. The picture is looked at and not kept. */
async function readCode(picture: Blob): Promise<string> {
  try {
    return await invoke<string>("read_code", new Uint8Array(await picture.arrayBuffer()));
  } catch (error) {
    throw asFailure(error);
  }
}

/** A photo crosses as raw bytes, what is known about it as headers: no copy of 20 MiB into JSON. */
async function photoAdd(photo: NewPhoto): Promise<B.PhotoView> {
  const headers: Record<string, string> = {
    "x-inspection": photo.inspection,
    "x-source": photo.source,
    "x-role": photo.role,
    "x-detail": photo.detail,
  };
  if (photo.item) headers["x-item"] = photo.item;
  if (photo.finding) headers["x-finding"] = photo.finding;
  if (photo.copy_of) headers["x-copy-of"] = photo.copy_of;
  if (photo.point) headers["x-point"] = [photo.point.lat, photo.point.lon, photo.point.accuracy_m].join(",");
  try {
    return await invoke<B.PhotoView>("photo_add", new Uint8Array(await photo.file.arrayBuffer()), { headers });
  } catch (error) {
    throw asFailure(error);
  }
}
