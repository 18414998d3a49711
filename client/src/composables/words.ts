import { useI18n } from "vue-i18n";
import type { Failure, InspectionKind, Person, Text } from "@/lib/bindings";
import { failureSentence } from "@/lib/failure";
import { skewOf } from "@/lib/clock";
import { bytes, clock, dayWords, moment, points } from "@/lib/moment";
import { said } from "@/i18n";

/** Everything a screen says, in the language of the settings. A 日常巡查 by the checklist 日常巡查 is named once. */
export function useWords() {
  const { t, te, locale } = useI18n();
  return {
    t,
    te,
    said,
    sentence: (failure: Failure) => failureSentence({ t, te }, failure),
    /** The sentence of a reason that is only a code, such as why something is held. */
    reason: (code: string) => failureSentence({ t, te }, { code, params: {} }),
    evidence: (kind: string) => (te(`evidence.${kind}`) ? t(`evidence.${kind}`) : kind),
    visit: (kind: InspectionKind, checklist: Text) => [...new Set([t(`kind.${kind}`), said(checklist)])].join(" · "),
    person: (person: Person) => (person.mine ? t("common.me", { name: person.name }) : person.name),
    clock: (at: number) => clock(at, locale.value),
    moment: (at: number) => moment(at, locale.value),
    day: (day: string) => dayWords(day, locale.value),
    /** How right the phone's clock is, from how far it is ahead of the server's. */
    offBy: (ms: number) => {
      const skew = skewOf(ms);
      return skew ? t(`clock.${skew.way}`, { off: t(`clock.${skew.unit}`, { n: skew.n }) }) : t("clock.right");
    },
    /** How far away something is, as roughly as a phone knows where it is. */
    away: (metres: number) =>
      metres < 1000
        ? t("near.metres", { n: Math.max(10, Math.round(metres / 10) * 10) })
        : t("near.kilometres", { n: (metres / 1000).toFixed(1) }),
    bytes: (count: number) => bytes(count, locale.value),
    points: (hundredths: number) => points(hundredths, locale.value),
  };
}
