// The shapes of the HTTP contract. Fields the server may leave out or send as null are optional here.

export interface Text {
  zh: string;
  en: string;
}
export interface Person {
  id: string;
  name: string;
}
export type AreaLevel = "city" | "district" | "subdistrict" | "community" | "village";
export interface AreaRow {
  code: string;
  name: string;
  short: string;
  pinyin: string;
  level: AreaLevel;
  path: string;
}
export interface SiteRow {
  id: string;
  name: string;
  kind: string;
  kind_name: Text;
  area: string;
}
export interface Coded {
  code: string;
  title: Text;
}
export interface Zone extends Coded {
  members: string[];
}
export interface Point {
  lat: number;
  lon: number;
  accuracy_m?: number | null;
}

export type Scale =
  | { scale: "pass" }
  | { scale: "count"; off: number }
  | { scale: "sample"; of: number }
  | { scale: "ratio"; full: number; half?: number | null; proportional: boolean }
  | { scale: "graded"; standards: Text[] };

export type Role = "inspector" | "unit" | "supervisor" | "administrator" | "observer";
export type InspectionKind = "routine" | "special" | "supervision" | "unannounced" | "recheck";
export type ReviewState = "draft" | "submitted" | "reviewing" | "returned" | "approved" | "dismissed" | "struck";
export type Grade = "A" | "B" | "C" | "D";

export interface Session {
  user: { id: string; login: string; name: string; role: Role; areas: AreaRow[] };
  expires_at: number;
}
export interface ServerAbout {
  city: string;
  name: Text;
  setup_needed: boolean;
  protocol: number;
  server_key: string;
  epoch: string;
  version: string;
}

export interface InspectionRow {
  id: string;
  kind: InspectionKind;
  title: Text;
  area: AreaRow;
  site?: SiteRow | null;
  state: ReviewState;
  assignment?: string | null;
  due?: string | null;
  people: Person[];
  answered: number;
  asked: number;
  findings: number;
  photos: number;
  photos_missing: number;
  conflicts: number;
  held: number;
  score?: number | null;
  grade?: Grade | null;
  changed_at: number;
  submitted_at?: number | null;
}

export interface DistrictFigures {
  code: string;
  short: string;
  inspections: number;
  due: number;
  done: number;
  findings: number;
  conflicts: number;
  score_average?: number | null;
}
export interface DayFigures {
  day: string;
  inspections: number;
  findings: number;
}
export interface Overview {
  day: string;
  due_today: number;
  overdue: number;
  done_today: number;
  under_review: number;
  conflicts_open: number;
  held_open: number;
  returned_open: number;
  devices_with_unsent: number;
  findings_today: number;
  districts: DistrictFigures[];
  recent: InspectionRow[];
  week: DayFigures[];
}

export interface Value {
  value: string;
  by: Person;
  at: number;
  how: string;
  op: string;
  device: string;
}
export type AnswerState = "none" | "agreed" | "conflict" | "decided" | "reopened";
export interface AnswerView {
  state: AnswerState;
  value?: string | null;
  values: Value[];
  decision?: { value: string; by: Person; at: number; reason: string } | null;
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
  point?: Point | null;
  delivered: boolean;
  held_by?: string | null;
  struck?: Struck | null;
}
export interface FindingView {
  id: string;
  item: string;
  kind: string;
  note: string;
  place: string;
  point?: Point | null;
  fixed_on_spot: boolean;
  photos: PhotoView[];
  by: Person;
  at: number;
  struck?: Struck | null;
}
export type Severity = "minor" | "major" | "critical";
export interface FindingKind {
  code: string;
  title: Text;
  severity: Severity;
  veto: boolean;
  deadline?: string | null;
}
export interface Evidence {
  kind: string;
  least: number;
}
export interface TemplateItem {
  code: string;
  title: Text;
  methods: string[];
  extent?: Text | null;
  scale: Scale;
  weight: number;
  evidence: Evidence[];
  clause: string;
  pending: boolean;
  kinds: FindingKind[];
}
export interface HistoryEntry {
  value?: string | null;
  by: Person;
  device: string;
  at: number;
  received_at?: number | null;
  how: string;
  current: boolean;
  op: string;
}
export interface ItemDetail extends TemplateItem {
  answer: AnswerView;
  findings: FindingView[];
  photos: PhotoView[];
  returned?: { reason: string; by: Person; at: number } | null;
  history: HistoryEntry[];
}
export interface DomainDetail {
  code: string;
  title: Text;
  weight: number;
  score?: number | null;
  items: ItemDetail[];
}
export interface ScoreView {
  total?: number | null;
  grade?: Grade | null;
  veto: boolean;
  provisional: boolean;
  answered: number;
  asked: number;
  domains: { code: string; score?: number | null }[];
}
export interface ReviewEvent {
  kind: "approve" | "return" | "decide" | "comment" | "dismiss";
  item?: string | null;
  value?: string | null;
  reason: string;
  by: Person;
  at: number;
  effective: boolean;
}
export interface Remark {
  id: string;
  item?: string | null;
  text: string;
  by: Person;
  at: number;
}
export interface DevicePart {
  device: string;
  name: string;
  user: Person;
  changes: number;
}
export interface InspectionDetail {
  row: InspectionRow;
  template: { id: string; version: number; title: Text };
  heads: string[];
  domains: DomainDetail[];
  score: ScoreView;
  remarks: Remark[];
  submissions: { by: Person; at: number }[];
  review: ReviewEvent[];
  struck?: Struck | null;
  devices: DevicePart[];
  parallel: { item: string; people: Person[] }[];
  changed_after_approval: boolean;
}

export interface ConflictValue {
  value: string;
  by: Person;
  device: string;
  at: number;
  op: string;
}
export interface ConflictRow {
  inspection: InspectionRow;
  item: { code: string; title: Text; scale: Scale };
  state: AnswerState;
  values: ConflictValue[];
}
export interface HeldRow {
  seq: number;
  at: number;
  device: string;
  device_name: string;
  user: Person;
  inspection?: string | null;
  reason: string;
  missing: number;
  bytes: number;
  made_at: number;
}
export interface DeviceRow {
  id: string;
  name: string;
  user: Person;
  kind: "phone" | "console";
  enrolled_at: number;
  last_contact?: number | null;
  version: string;
  n_received: number;
  n_claimed: number;
  unsent: boolean;
  revoked_at?: number | null;
  clock_skew_ms?: number | null;
}
export interface AssignmentRow {
  id: string;
  kind: InspectionKind;
  template: { id: string; version: number; title: Text };
  area: AreaRow;
  site?: SiteRow | null;
  due: string;
  note: string;
  people: Person[];
  made_by: Person;
  made_at: number;
  inspection?: { id: string; state: ReviewState; answered: number; asked: number } | null;
  overdue: boolean;
}
export interface AssignmentDraft {
  area: string;
  site?: string | null;
  template: string;
  version: number;
  kind: InspectionKind;
  people: string[];
  due: string;
  note: string;
}
export interface TemplateRow {
  id: string;
  version: number;
  title: Text;
  items: number;
  domains: { code: string; title: Text; weight: number; items: number }[];
}
export interface Template {
  id: string;
  version: number;
  title: Text;
  domains: { code: string; title: Text; weight: number; items: TemplateItem[] }[];
}
export interface UserRow {
  id: string;
  login: string;
  name: string;
  role: Role;
  areas: AreaRow[];
  department?: string | null;
  active: boolean;
  devices: number;
}
export interface UserDraft {
  login: string;
  name: string;
  role: Role;
  areas: string[];
  department?: string | null;
  password: string;
}
export interface UserChange {
  name?: string;
  role?: Role;
  areas?: string[];
  active?: boolean;
  password?: string;
}
export type AuditAction =
  | "sign_in"
  | "sign_in_failed"
  | "locked_out"
  | "sign_out"
  | "export"
  | "user_made"
  | "user_changed"
  | "role_changed"
  | "device_enrolled"
  | "device_revoked"
  | "password_changed";
export interface AuditRow {
  at: number;
  user?: Person | null;
  action: AuditAction;
  subject: string;
  address: string;
}
export interface Page<Row> {
  rows: Row[];
  total: number;
}
export interface ErrorBody {
  code: string;
  params: Record<string, string>;
}

type Json<T> = { content: { "application/json": T } };
interface Operation<Result, Body = never, Query = never, Path = never> {
  parameters: { query?: Query; path: Path };
  requestBody: Json<Body>;
  responses: { 200: Json<Result>; 400: Json<ErrorBody> };
}
interface Read<Result, Query = Record<string, never>> {
  parameters: { query?: Query };
  responses: { 200: Json<Result>; 400: Json<ErrorBody> };
}
interface ReadOne<Result, Path> {
  parameters: { path: Path };
  responses: { 200: Json<Result>; 400: Json<ErrorBody> };
}
interface Write<Result, Body> {
  requestBody: Json<Body>;
  responses: { 200: Json<Result>; 400: Json<ErrorBody> };
}
type WriteOne<Result, Body> = Omit<Operation<Result, Body, never, { id: string }>, "parameters"> & {
  parameters: { path: { id: string } };
};

export interface InspectionQuery {
  area?: string;
  state?: string;
  conflict?: string;
  inspector?: string;
  template?: string;
  kind?: string;
  from?: string;
  to?: string;
  query?: string;
  sort?: string;
  page?: number;
  per_page?: number;
}

export interface paths {
  "/v1/server": { get: Read<ServerAbout> };
  "/v1/setup": { post: Write<Session, { code: string; login: string; name: string; password: string }> };
  "/v1/session": {
    get: Read<Session>;
    post: Write<Session, { login: string; password: string }>;
    delete: Read<undefined>;
  };
  "/v1/session/password": { post: Write<undefined, { old: string; new: string }> };
  "/v1/overview": { get: Read<Overview, { area?: string }> };
  "/v1/areas": { get: Read<AreaRow[], { query?: string; parent?: string; level?: string; limit?: number }> };
  "/v1/zones": { get: Read<Zone[]> };
  "/v1/departments": { get: Read<Coded[]> };
  "/v1/sites": {
    get: Read<SiteRow[], { area?: string }>;
    post: Write<SiteRow, { area: string; kind: string; name: string; point?: Point | null }>;
  };
  "/v1/site-kinds": { get: Read<Coded[]> };
  "/v1/templates": { get: Read<TemplateRow[]> };
  "/v1/templates/{id}/{version}": { get: ReadOne<Template, { id: string; version: number }> };
  "/v1/users": { get: Read<UserRow[], { role?: string }>; post: Write<UserRow, UserDraft> };
  "/v1/users/{id}": { patch: WriteOne<UserRow, UserChange> };
  "/v1/assignments": {
    get: Read<
      Page<AssignmentRow>,
      { area?: string; state?: string; person?: string; page?: number; per_page?: number }
    >;
    post: Write<AssignmentRow, AssignmentDraft>;
  };
  "/v1/inspections": {
    get: Read<
      Page<InspectionRow> & { counts: { by_state: Record<string, number>; conflict_open: number } },
      InspectionQuery
    >;
  };
  "/v1/inspections/{id}": { get: ReadOne<InspectionDetail, { id: string }> };
  "/v1/inspections/{id}/decisions": {
    post: WriteOne<InspectionDetail, { item: string; value: string; covers: string[]; reason: string }>;
  };
  "/v1/inspections/{id}/returns": {
    post: WriteOne<InspectionDetail, { items: { item: string; reason: string }[]; reason: string }>;
  };
  "/v1/inspections/{id}/approvals": { post: WriteOne<InspectionDetail, { heads: string[]; reason: string }> };
  "/v1/inspections/{id}/comments": { post: WriteOne<InspectionDetail, { item?: string | null; text: string }> };
  "/v1/conflicts": { get: Read<Page<ConflictRow>, { area?: string; page?: number; per_page?: number }> };
  "/v1/held": { get: Read<Page<HeldRow>, { page?: number; per_page?: number }> };
  "/v1/devices": { get: Read<DeviceRow[]> };
  "/v1/devices/{id}/revoke": { post: WriteOne<unknown, { reason: string }> };
  "/v1/audit": { get: Read<Page<AuditRow>, { page?: number; per_page?: number }> };
}
