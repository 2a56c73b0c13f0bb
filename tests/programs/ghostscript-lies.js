// A stand-in for the module of Ghostscript: says 0 and makes a file of nothing.
export default async () => ({ FS: { writeFile() {}, readFile: () => new Uint8Array(0) }, callMain: () => 0 });
