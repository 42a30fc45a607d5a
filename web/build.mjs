/** Bundles the page into files without outside references: page.html and, with avatars, page_splats.html. */
import { build } from "esbuild";
import { readFile, writeFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";

const here = (/** @type {string} */ path) => fileURLToPath(new URL(path, import.meta.url));

const THREE = ["three"];
const pages = { page: THREE, page_splats: [...THREE, "@sparkjsdev/spark", "fflate"] };

/** What the licences of the packages inside ask every copy to carry. @param {string[]} packages */
async function notice(packages) {
  const texts = packages.map(async (name) => `${name}\n\n${await readFile(here(`node_modules/${name}/LICENSE`), "utf8")}`);
  return `/*! This page contains:\n\n${(await Promise.all(texts)).join("\n")}*/`;
}

for (const [name, packages] of Object.entries(pages)) {
  const { outputFiles } = await build({
    entryPoints: [here(`src/${name}.js`), here("style.css")],
    outdir: here("out"),
    bundle: true,
    minify: true,
    write: false,
    format: "iife",
    target: ["es2022"],
    legalComments: "none",
    banner: { js: await notice(packages) },
    logOverride: { "empty-import-meta": "silent" },
  });
  const built = (/** @type {string} */ end) => outputFiles.find(({ path }) => path.endsWith(end))?.text.trim() ?? "";

  // functions as replacements: `$` in the code must not be read as a pattern
  const page = (await readFile(here("index.html"), "utf8"))
    .replace("/*STYLE*/", () => built(".css"))
    .replace("/*SCRIPT*/", () => built(".js").replaceAll("</script", "<\\/script"));
  await writeFile(here(`../src/borelli/report/${name}.html`), page);
  console.log(`${name}.html: ${(page.length / 1e6).toFixed(2)} MB`);
}
