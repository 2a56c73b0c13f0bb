// Runs Ghostscript (WebAssembly, a separate program under AGPL) on files that it sees only as copies in its memory.
// Arguments: the module of Ghostscript, then [the file to bring back], then input files, "--", Ghostscript's arguments.
import { readFileSync, writeFileSync } from "node:fs";
import { basename } from "node:path";
import { pathToFileURL } from "node:url";

const [module, result, ...rest] = process.argv.slice(2);
const border = rest.indexOf("--");
const load = (await import(pathToFileURL(module).href)).default;
const said = new Set(); // the same line is said of every page
const ghostscript = await load({
  print: () => {},
  printErr: (line) => {
    if (said.size < 50 && !said.has(line)) {
      said.add(line);
      process.stderr.write(line.slice(0, 200) + "\n");
    }
  },
});
for (const path of rest.slice(0, border)) {
  ghostscript.FS.writeFile(basename(path), readFileSync(path));
}
const code = ghostscript.callMain(rest.slice(border + 1));
if (code === 0) {
  writeFileSync(result, ghostscript.FS.readFile(basename(result)));
}
process.exitCode = code;
