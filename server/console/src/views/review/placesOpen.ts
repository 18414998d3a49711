import { ref } from "vue";

/** Whether the map of places is open: who wants it for one inspection wants it for the next. */
export const placesOpen = ref(false);
