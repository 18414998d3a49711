/** The canonical texts of answers: `pass`, `fail`, `4/5`, `47/50`, `1,3/4`, `/4`, `na`. */
import type { ItemView, Scale } from "@/lib/bindings";

/** Stepping and typing stop here; a census of one neighbourhood is far smaller. */
export const COUNT_MAX = 99_999;

export interface Fraction {
  done: number;
  planned: number;
}

export function fraction(value: string | null): Fraction | null {
  const match = value?.match(/^(\d+)\/(\d+)$/);
  return match ? { done: Number(match[1]), planned: Number(match[2]) } : null;
}

/**
 * Whether numbers can be recorded as a ratio: nothing planned means 不适用, which has its own button. A field that was
 * cleared has no number.
 */
export function isRatio({ done, planned }: Fraction): boolean {
  return Number.isInteger(done) && Number.isInteger(planned) && planned > 0 && done >= 0 && done <= planned;
}

/** Rounded down, so that 99.9 % never reads as 100 %. */
export function percent({ done, planned }: Fraction): number {
  return planned > 0 ? Math.floor((done * 100) / planned) : 0;
}

/** The numbers of the standards that are met, from 1. */
export function standardsMet(value: string | null): number[] | null {
  const match = value?.match(/^([\d,]*)\/(\d+)$/);
  if (!match) return null;
  return match[1] === "" ? [] : match[1]!.split(",").map(Number);
}

export function gradedValue(met: number[], of: number): string {
  return `${[...new Set(met)].sort((a, b) => a - b).join(",")}/${of}`;
}

/** Whether the value says that something is wrong, so that findings and their evidence are expected. */
export function isDeficient(scale: Scale, value: string | null): boolean {
  if (value === null || value === "na") return false;
  switch (scale.scale) {
    case "pass":
    case "count":
      return value === "fail";
    case "sample":
      return (fraction(value)?.done ?? scale.of) < scale.of;
    case "ratio": {
      const ratio = fraction(value);
      // `full` is hundredths of a percent point: 9500 is 95 %.
      return ratio !== null && ratio.done * 10_000 < scale.full * ratio.planned;
    }
    case "graded":
      return (standardsMet(value)?.length ?? 0) < scale.standards.length;
  }
}

/** The icon and the word's key a value is shown with; `named` fills the word. */
export interface AnswerLook {
  tone: "ok" | "bad" | "warn" | "mute";
  icon: string;
  word: string;
  named: Record<string, unknown>;
}

export function answerLook(scale: Scale, value: string): AnswerLook {
  if (value === "na") return { tone: "mute", icon: "minus", word: "answer.na", named: {} };
  const bad = isDeficient(scale, value);
  const look = { tone: bad ? "bad" : "ok", icon: bad ? "cross" : "success" } as const;
  switch (scale.scale) {
    case "pass":
      return { ...look, word: bad ? "answer.fail" : "answer.pass", named: {} };
    case "count":
      return { ...look, word: bad ? "answer.has_findings" : "answer.no_findings", named: {} };
    case "sample": {
      const { done, planned } = fraction(value) ?? { done: 0, planned: scale.of };
      return { ...look, word: "answer.sample", named: { done, planned } };
    }
    case "ratio": {
      const ratio = fraction(value) ?? { done: 0, planned: 0 };
      return { ...look, word: "answer.ratio", named: { ...ratio, percent: percent(ratio) } };
    }
    case "graded":
      return {
        ...look,
        word: "answer.graded",
        named: { met: standardsMet(value)?.length ?? 0, of: scale.standards.length },
      };
  }
}

export type ItemState = "pending" | "conflict" | "returned" | "none" | "bad" | "ok" | "na";

/** What a list shows an item as: what needs a person first. */
export function itemState(item: ItemView): ItemState {
  if (item.pending) return "pending";
  if (isOpenConflict(item)) return "conflict";
  if (item.returned) return "returned";
  const value = item.answer.value;
  if (value === null) return "none";
  if (value === "na") return "na";
  return isDeficient(item.scale, value) ? "bad" : "ok";
}

export function isOpenConflict(item: ItemView): boolean {
  return item.answer.state === "conflict" || item.answer.state === "reopened";
}

/** Whether somebody was asked and counted 问卷: then no sum can be typed beside it. */
export function isCounted({ survey }: ItemView): boolean {
  return survey !== null && survey.yes + survey.no + survey.void > 0;
}

/** Whether a person has still to say something: 待确认 items are never asked. */
export function isUnanswered(item: ItemView): boolean {
  return !item.pending && item.answer.state === "none";
}
