import { defineStore } from "pinia";
import { ref } from "vue";
import { ask, client } from "@/api/client";
import type { Coded, Role, TemplateRow, UserRow, Zone } from "@/api/schema";

/** Short lists that many screens choose from, fetched when first needed. */
export const useCatalogue = defineStore("catalogue", () => {
  const templates = ref<TemplateRow[]>([]);
  const siteKinds = ref<Coded[]>([]);
  const departments = ref<Coded[]>([]);
  const zones = ref<Zone[]>([]);
  const inspectors = ref<UserRow[]>([]);
  const observers = ref<UserRow[]>([]);
  const units = ref<UserRow[]>([]);

  async function loadTemplates() {
    templates.value = await ask(client.GET("/v1/templates"));
  }

  async function loadSiteKinds() {
    if (!siteKinds.value.length) siteKinds.value = await ask(client.GET("/v1/site-kinds"));
  }

  async function loadDepartments() {
    if (!departments.value.length) departments.value = await ask(client.GET("/v1/departments"));
  }

  async function loadZones(again = false) {
    if (again || !zones.value.length) zones.value = await ask(client.GET("/v1/zones"));
  }

  async function loadInspectors() {
    const of = (role: Role) => ask(client.GET("/v1/users", { params: { query: { role } } }));
    [inspectors.value, observers.value, units.value] = await Promise.all([of("inspector"), of("observer"), of("unit")]);
  }

  return {
    templates,
    siteKinds,
    departments,
    zones,
    inspectors,
    observers,
    units,
    loadTemplates,
    loadSiteKinds,
    loadDepartments,
    loadZones,
    loadInspectors,
  };
});
