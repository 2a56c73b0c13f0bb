// A stand-in for the module of Ghostscript: never comes back.
export default async () => ({ FS: { writeFile() {} }, callMain() { for (;;); } });
