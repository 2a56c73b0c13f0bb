// A stand-in for the module of Ghostscript: falls in the middle.
export default async () => ({ FS: { writeFile() {} }, callMain() { process.kill(process.pid, "SIGKILL"); for (;;); } });
