/** Test support: small, whole examples of what the shell gives. Never part of the app's bundle. */
import type * as B from "@/lib/bindings";

export const AT = Date.UTC(2026, 10, 23, 2, 5);
export const ME: B.Person = { id: "u1", name: "王丽", mine: true };
export const COLLEAGUE: B.Person = { id: "u2", name: "李华", mine: false };
export const SUPERVISOR: B.Person = { id: "u9", name: "张敏", mine: false };

export const AREA: B.AreaRow = {
  code: "530102001004",
  name: "翠湖西路社区居民委员会",
  short: "翠湖西路社区",
  pinyin: "chxl",
  level: "community",
  path: "五华区·华山街道",
};
export const SITE: B.SiteRow = {
  id: "530102001004-1",
  name: "翠湖北路农贸市场",
  kind: "market",
  kind_name: { zh: "农贸市场", en: "Market" },
  area: AREA.code,
  point: null,
};
export const DELIVERED: B.Delivery = {
  state: "delivered",
  changes_pending: 0,
  photos_total: 0,
  photos_delivered: 0,
  photos_lost: 0,
  reason: null,
};
export const TEMPLATE: B.TemplateRow = {
  id: "walk",
  version: 1,
  title: { zh: "社区实地考察(三项)", en: "Walk-round" },
  items: 49,
};

export function state(over: Partial<B.AppState> = {}): B.AppState {
  return {
    version: "0.1.0",
    phase: "ready",
    server: "http://localhost:8080",
    city: { zh: "昆明市", en: "Kunming" },
    user: { id: "u1", login: "wangli", name: "王丽", role: "inspector" },
    device: "3f9a1c77d20b4e58a6c1f0927be4d311",
    device_name: "巡访手机",
    day: "2026-11-23",
    clock_skew_ms: 800,
    guard: "pin",
    has_pin: true,
    holders: [holder()],
    ...over,
  };
}

export function holder(over: Partial<B.Holder> = {}): B.Holder {
  return {
    id: "0a1b2c3d4e5f6071",
    login: "wangli",
    name: "王丽",
    city: { zh: "昆明市", en: "Kunming" },
    has_pin: true,
    delivers: false,
    signs_in: false,
    paused: false,
    changes_waiting: 0,
    photos_waiting: 0,
    refused: 0,
    wait_seconds: 0,
    ...over,
  };
}

export function syncStatus(over: Partial<B.SyncStatus> = {}): B.SyncStatus {
  return {
    phase: "idle",
    last_success: AT,
    next_try: null,
    failure: null,
    changes_pending: 0,
    photos_pending: 0,
    photos_pending_bytes: 0,
    photos_wait: false,
    held: 0,
    refused: 0,
    dismissed: 0,
    photos_refused: 0,
    photos_lost: 0,
    storage_bytes: 18_400_000,
    free_bytes: 12_000_000_000,
    space: "enough",
    backed_up: true,
    ...over,
  };
}

export const UNANSWERED: B.AnswerView = {
  state: "none",
  value: null,
  mine: null,
  values: [],
  decision: null,
  held: null,
};

export function agreed(value: string, by = ME): B.AnswerView {
  return {
    state: "agreed",
    value,
    mine: by.mine ? value : null,
    values: [{ value, by, at: AT, how: "tap" }],
    decision: null,
    held: null,
  };
}

export function conflict(mine: string, theirs: string): B.AnswerView {
  return {
    state: "conflict",
    value: null,
    mine,
    values: [
      { value: mine, by: ME, at: AT, how: "tap" },
      { value: theirs, by: COLLEAGUE, at: AT + 420_000, how: "tap" },
    ],
    decision: null,
    held: null,
  };
}

export function item(over: Partial<B.ItemView> = {}): B.ItemView {
  return {
    code: "SAN-05",
    title: { zh: "无成堆成片暴露垃圾", en: "No heaps of exposed rubbish" },
    methods: ["field"],
    extent: null,
    scale: { scale: "pass" },
    weight: 800,
    evidence: [
      { kind: "photo", least: 2 },
      { kind: "point", least: 1 },
    ],
    clause: "居民区内无乱堆乱放、乱贴乱画,无违法违章建筑,垃圾日产日清。",
    reference: null,
    pending: false,
    brought: false,
    kinds: [
      {
        code: "SAN-05-1",
        title: { zh: "暴露垃圾", en: "Exposed rubbish" },
        severity: "minor",
        veto: false,
        deadline: "T2",
      },
      {
        code: "SAN-05-2",
        title: { zh: "成片垃圾堆", en: "Large heap of rubbish" },
        severity: "critical",
        veto: true,
        deadline: "T1",
      },
    ],
    answer: UNANSWERED,
    findings: [],
    photos: [],
    survey: null,
    returned: null,
    ...over,
  };
}

export function photo(over: Partial<B.PhotoView> = {}): B.PhotoView {
  return {
    id: "p1",
    hash: "aa11",
    copy_of: null,
    source: "camera",
    role: "evidence",
    at: AT,
    by: ME,
    point: null,
    delivered: false,
    on_device: true,
    refused: false,
    lost: false,
    struck: null,
    held: false,
    ...over,
  };
}

export function finding(over: Partial<B.FindingView> = {}): B.FindingView {
  return {
    id: "f1",
    item: "SAN-05",
    kind: "SAN-05-1",
    note: "约三袋,靠墙堆放",
    place: "3栋2单元门前",
    point: { lat: 25.05123, lon: 102.70411, accuracy_m: 8 },
    fixed_on_spot: false,
    asset: "",
    photos: [],
    by: ME,
    at: AT,
    conflicts: [],
    held: false,
    struck: null,
    ...over,
  };
}

/** The sections and their tallies follow the items. */
export function inspection(items: B.ItemView[], over: Partial<B.InspectionView> = {}): B.InspectionView {
  const names: Record<string, B.Text> = {
    SAN: { zh: "环境卫生", en: "Sanitation" },
    GRN: { zh: "绿化", en: "Greening" },
    FAC: { zh: "设施", en: "Facilities" },
  };
  const domains = Object.entries(names)
    .map(([code, title]) => ({ code, title, items: items.filter((each) => each.code.startsWith(code)) }))
    .filter((domain) => domain.items.length > 0)
    .map((domain) => {
      const asked = domain.items.filter((each) => !each.pending);
      const answered = asked.filter((each) => each.answer.state !== "none").length;
      return { ...domain, answered, asked: asked.length };
    });
  const total = (pick: (domain: B.DomainView) => number) => domains.reduce((sum, domain) => sum + pick(domain), 0);
  return {
    id: "i1",
    kind: "routine",
    state: "draft",
    assignment: { id: "a1", due: "2026-11-25", note: "" },
    area: AREA,
    site: null,
    template: TEMPLATE,
    newer: null,
    withdrawn: null,
    nearly_full: false,
    continues: null,
    continued_by: null,
    people: [ME, COLLEAGUE],
    domains,
    score: {
      total: 8650,
      grade: "B",
      veto: false,
      provisional: items.some((each) => each.answer.state === "conflict"),
      answered: total((domain) => domain.answered),
      asked: total((domain) => domain.asked),
      domains: domains.map(({ code }) => ({ code, score: 8650 })),
    },
    remarks: [],
    presences: [],
    signatures: [],
    submissions: [],
    review: [],
    struck: null,
    delivery: { ...DELIVERED, state: "pending", changes_pending: 3 },
    ...over,
  };
}

export function inspectionCard(over: Partial<B.InspectionCard> = {}): B.InspectionCard {
  return {
    id: "i1",
    kind: "routine",
    area: AREA,
    site: null,
    title: TEMPLATE.title,
    due: "2026-11-25",
    assignment: "a1",
    continuation: false,
    state: "draft",
    answered: 18,
    asked: 49,
    findings: 2,
    conflicts: 0,
    returned: 0,
    changed_at: AT,
    delivery: DELIVERED,
    ...over,
  };
}

export function assignmentCard(over: Partial<B.AssignmentCard> = {}): B.AssignmentCard {
  return {
    id: "a1",
    kind: "routine",
    template: TEMPLATE,
    area: AREA,
    site: null,
    due: "2026-11-25",
    overdue: false,
    note: "",
    people: [ME, COLLEAGUE],
    inspection: null,
    superseded: null,
    ...over,
  };
}

export function caseCard(over: Partial<B.CaseCard> = {}): B.CaseCard {
  return {
    id: "c1",
    area: AREA,
    site: null,
    item: "SAN-05",
    title: { zh: "无成堆成片暴露垃圾", en: "No heaps of exposed rubbish" },
    kind: { zh: "暴露垃圾", en: "Exposed rubbish" },
    place: "3栋2单元门前",
    note: "约三袋,靠墙堆放",
    state: "handling",
    part: "fix",
    responsible: ME,
    due: "2026-11-25",
    overdue: false,
    reworks: 0,
    changed_at: AT,
    delivery: DELIVERED,
    ...over,
  };
}

export function caseView(over: Partial<B.CaseView> = {}): B.CaseView {
  return {
    card: caseCard(),
    point: null,
    found_at: AT,
    checker: COLLEAGUE,
    before: [photo({ id: "b1", hash: "bb11", role: "before", by: COLLEAGUE })],
    after: [],
    taken: [],
    events: [
      {
        id: "1@a",
        act: "dispatch",
        text: "",
        by: SUPERVISOR,
        at: AT,
        to: ME,
        due: "2026-11-25",
        took_effect: true,
        held: false,
      },
    ],
    allowed: ["fix", "give_back"],
    ...over,
  };
}
