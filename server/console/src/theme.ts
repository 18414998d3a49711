import { computed, ref, watch } from "vue";

/** How somebody wants the console to look; `system` follows what his computer says, also while it changes. */
export const THEMES = ["system", "light", "dark"] as const;
export type Theme = (typeof THEMES)[number];

const STORAGE_KEY = "rounds.theme";

function remembered(): Theme {
  const stored = localStorage.getItem(STORAGE_KEY);
  return THEMES.find((theme) => theme === stored) ?? "system";
}

const system = window.matchMedia("(prefers-color-scheme: dark)");
const systemIsDark = ref(system.matches);
system.addEventListener("change", ({ matches }) => (systemIsDark.value = matches));

export const theme = ref<Theme>(remembered());

export const isDark = computed(() => (theme.value === "system" ? systemIsDark.value : theme.value === "dark"));

watch(theme, (chosen) => localStorage.setItem(STORAGE_KEY, chosen));
// Element Plus's own dark colours hang on this class. At once, so that whoever draws on a canvas reads the new ones.
watch(isDark, (dark) => document.documentElement.classList.toggle("dark", dark), { immediate: true, flush: "sync" });

/** A colour of the style sheet as it is now, for what is drawn on a canvas. */
export const colour = (name: string) => getComputedStyle(document.documentElement).getPropertyValue(`--r-${name}`);
