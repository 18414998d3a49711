/** The types that cross the IPC, as the device's core states them. */

export interface Text {
  zh: string;
  en: string;
}
export interface Person {
  id: string;
  name: string;
  mine: boolean;
}
/** WGS-84. */
export interface Point {
  lat: number;
  lon: number;
  accuracy_m: number;
}
export type Scale =
  | { scale: "pass" }
  | { scale: "count"; off: number }
  | { scale: "sample"; of: number }
  | { scale: "ratio"; full: number; half: number | null; proportional: boolean }
  | { scale: "graded"; standards: Text[] };

export interface Failure {
  code: string;
  params: Record<string, string>;
}

export interface AppState {
  version: string;
  phase: "unenrolled" | "ready" | "session_expired";
  server: string | null;
  city: Text | null;
  user: { id: string; login: string; name: string; role: string } | null;
  device: string | null;
  device_name: string | null;
  day: string;
  clock_skew_ms: number | null;
}

export type InspectionKind = "routine" | "special" | "supervision" | "unannounced" | "recheck";
export type ReviewState = "draft" | "submitted" | "reviewing" | "returned" | "approved" | "dismissed" | "struck";

export interface Delivery {
  state: "stored" | "pending" | "sending" | "delivered" | "held" | "attention";
  changes_pending: number;
  photos_total: number;
  photos_delivered: number;
  reason: string | null;
}
export interface AreaRow {
  code: string;
  name: string;
  short: string;
  pinyin: string;
  level: "city" | "district" | "subdistrict" | "community" | "village";
  path: string;
}
export interface SiteRow {
  id: string;
  name: string;
  kind: string;
  kind_name: Text;
  area: string;
}
export type FoundSite = SiteRow & { area_row: AreaRow };

export interface InspectionCard {
  id: string;
  kind: InspectionKind;
  area: AreaRow;
  site: SiteRow | null;
  title: Text;
  due: string | null;
  assignment: string | null;
  state: ReviewState;
  answered: number;
  asked: number;
  findings: number;
  conflicts: number;
  returned: number;
  changed_at: number;
  delivery: Delivery;
}
export interface AssignmentCard {
  id: string;
  kind: InspectionKind;
  template: TemplateRef;
  area: AreaRow;
  site: SiteRow | null;
  due: string;
  overdue: boolean;
  note: string;
  people: Person[];
  inspection: InspectionCard | null;
}
export interface TemplateRef {
  id: string;
  version: number;
  title: Text;
}
export interface TemplateRow extends TemplateRef {
  items: number;
}
export interface Today {
  day: string;
  returned: InspectionCard[];
  assignments: AssignmentCard[];
  open: InspectionCard[];
  done: InspectionCard[];
}
export interface AreaDetail {
  area: AreaRow;
  sites: SiteRow[];
  assignments: AssignmentCard[];
  inspections: InspectionCard[];
}

export interface AnswerValue {
  value: string;
  by: Person;
  at: number;
  how: "tap" | "rest";
}
export interface AnswerView {
  state: "none" | "agreed" | "conflict" | "decided" | "reopened";
  value: string | null;
  mine: string | null;
  values: AnswerValue[];
  decision: { value: string; by: Person; at: number; reason: string } | null;
}
export interface Struck {
  reason: string;
  by: Person;
  at: number;
}
export interface PhotoView {
  id: string;
  hash: string;
  source: "camera" | "album";
  role: "evidence" | "before" | "after";
  at: number;
  by: Person;
  point: Point | null;
  delivered: boolean;
  on_device: boolean;
  struck: Struck | null;
}
export interface FindingView {
  id: string;
  item: string;
  kind: string;
  note: string;
  place: string;
  point: Point | null;
  fixed_on_spot: boolean;
  photos: PhotoView[];
  by: Person;
  at: number;
  struck: Struck | null;
}
export interface KindView {
  code: string;
  title: Text;
  severity: "minor" | "major" | "critical";
  veto: boolean;
  deadline: string;
}
export interface EvidenceView {
  kind: string;
  least: number;
}
export interface ItemView {
  code: string;
  title: Text;
  methods: string[];
  extent: Text | null;
  scale: Scale;
  weight: number;
  evidence: EvidenceView[];
  clause: string;
  pending: boolean;
  kinds: KindView[];
  answer: AnswerView;
  findings: FindingView[];
  photos: PhotoView[];
  returned: { reason: string; by: Person; at: number } | null;
}
export interface ScoreView {
  total: number | null;
  grade: "A" | "B" | "C" | "D" | null;
  veto: boolean;
  provisional: boolean;
  answered: number;
  asked: number;
  domains: { code: string; score: number | null }[];
}
export interface DomainView {
  code: string;
  title: Text;
  answered: number;
  asked: number;
  items: ItemView[];
}
export interface RemarkView {
  id: string;
  item: string | null;
  text: string;
  by: Person;
  at: number;
}
export interface ReviewEntry {
  kind: "approve" | "return" | "decide" | "comment";
  item: string | null;
  reason: string;
  by: Person;
  at: number;
}
export interface InspectionView {
  id: string;
  kind: InspectionKind;
  state: ReviewState;
  assignment: { id: string; due: string; note: string } | null;
  area: AreaRow;
  site: SiteRow | null;
  template: TemplateRef;
  people: Person[];
  domains: DomainView[];
  score: ScoreView;
  remarks: RemarkView[];
  submissions: { by: Person; at: number }[];
  review: ReviewEntry[];
  struck: Struck | null;
  delivery: Delivery;
}

export interface SyncStatus {
  phase: "idle" | "running" | "offline" | "failed";
  last_success: number | null;
  next_try: number | null;
  failure: Failure | null;
  changes_pending: number;
  photos_pending: number;
  photos_pending_bytes: number;
  held: number;
  storage_bytes: number;
  backed_up: boolean;
}
