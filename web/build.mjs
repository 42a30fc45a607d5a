/** Bundles the page into one file without outside references: ../src/borelli/report/page.html */
import { build } from "esbuild";
import { readFile, writeFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";

const here = (/** @type {string} */ path) => fileURLToPath(new URL(path, import.meta.url));

const { outputFiles } = await build({
  entryPoints: [here("src/main.js"), here("style.css")],
  outdir: here("out"),
  bundle: true,
  minify: true,
  write: false,
  format: "iife",
  target: ["es2022"],
  legalComments: "none",
  banner: { js: "/*! three.js: MIT, (c) 2010-2026 three.js authors */" },
});
const built = (/** @type {string} */ end) => outputFiles.find(({ path }) => path.endsWith(end))?.text ?? "";

// a function as replacement: `$` in the code must not be read as a pattern
const page = (await readFile(here("index.html"), "utf8"))
  .replace("/*STYLE*/", () => built(".css").trim())
  .replace("/*SCRIPT*/", () => built(".js").trim().replaceAll("</script", "<\\/script"));
await writeFile(here("../src/borelli/report/page.html"), page);
console.log(`page.html: ${(page.length / 1e6).toFixed(2)} MB`);
