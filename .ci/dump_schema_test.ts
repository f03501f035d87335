/** What is taken out of a dump, and what must stay. */
import assert from "node:assert/strict";
import { normaliseDump } from "./dump_schema.ts";

Deno.test("normaliseDump takes out versions, settings and headings", () => {
  const dump = [
    "--",
    "-- PostgreSQL database dump",
    "--",
    "",
    "\\restrict abc",
    "",
    "-- Dumped from database version 15.20",
    "",
    "SET lock_timeout = 0;",
    "SELECT pg_catalog.set_config('search_path', '', false);",
    "",
    "--",
    "-- Name: oauth; Type: SCHEMA; Schema: -; Owner: -",
    "--",
    "",
    "CREATE SCHEMA oauth;",
    "",
    "",
    "\\unrestrict abc",
    "",
  ];
  assert.equal(normaliseDump(dump.join("\n")), "CREATE SCHEMA oauth;\n");
});

Deno.test("normaliseDump keeps function bodies and what a function sets", () => {
  const kept =
    "CREATE FUNCTION f() RETURNS void\n    SET search_path TO ''\n    AS $$\n  -- Why.\n  select;\n$$;\n";
  assert.equal(normaliseDump(kept), kept);
});
