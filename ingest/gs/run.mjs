// Runs Ghostscript (WebAssembly, a separate program under AGPL) on files that it sees only as copies in its memory.
// Arguments: the module of Ghostscript, then [the file to bring back], then input files, "--", Ghostscript's arguments.
import { readFileSync, writeFileSync } from "node:fs";
import { basename } from "node:path";
import { pathToFileURL } from "node:url";

const [module, result, ...rest] = process.argv.slice(2);
const border = rest.indexOf("--");
const load = (await import(pathToFileURL(module).href)).default;
const ghostscript = await load({ print: () => {}, printErr: () => {} });
for (const path of rest.slice(0, border)) {
  ghostscript.FS.writeFile(basename(path), readFileSync(path));
}
const code = ghostscript.callMain(rest.slice(border + 1));
if (code === 0) {
  writeFileSync(result, ghostscript.FS.readFile(basename(result)));
}
process.exitCode = code;
