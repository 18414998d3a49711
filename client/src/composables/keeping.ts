import { ref, watch } from "vue";
import { BLANK, drafts } from "@/lib/draft";

/** Of what the words are: the inspection or case, and what in it they say something about. */
type Subject = [document: string, about: string];

/**
 * Words that are being written: kept as they are typed, given back when their sheet opens again, and dropped when they
 * have been handed over. `subject` is null while the sheet is closed.
 */
export function useKeptWords(subject: () => Subject | null) {
  const words = ref("");
  const handing = ref(false);
  /** Whose words stand in the field; none until those of last time were read, for they must not be written over. */
  let mine: Subject | null = null;
  let about = "";
  let turn = 0;

  watch(() => subject()?.join(" "), begin, { immediate: true });
  // At once: the screen may be gone before the next moment.
  watch(words, keep, { flush: "sync" });

  async function begin() {
    const next = subject();
    if (!next) return;
    const now = ++turn;
    about = next.join(" ");
    mine = null;
    words.value = "";
    const kept = await drafts.kept(...next);
    if (now !== turn) return;
    mine = next;
    if (kept?.note) words.value = kept.note + words.value;
    else if (words.value) keep();
  }

  function keep() {
    if (mine) drafts.keep(...mine, { ...BLANK, note: words.value });
  }

  /** Hands the words over, once; resolves to whether that is done. */
  async function hand(over: (words: string) => Promise<boolean>): Promise<boolean> {
    const whose = subject();
    if (!whose || handing.value) return false;
    handing.value = true;
    const done = await over(words.value.trim());
    handing.value = false;
    if (done) drop(whose);
    return done;
  }

  function drop(whose: Subject) {
    drafts.keep(...whose, BLANK);
    // By now words about something else may stand in the field.
    if (about !== whose.join(" ")) return;
    turn += 1;
    mine = null;
    words.value = "";
  }

  return { words, handing, hand };
}
