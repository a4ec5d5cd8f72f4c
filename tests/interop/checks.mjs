// Checks that are run one after the other and told of one a line.
const checks = [];

export const check = (name, run) => checks.push({ name, run });

// Runs all checks; the process's exit code is 1 when one failed.
export async function runChecks() {
  let failed = 0;
  for (const { name, run } of checks) {
    try {
      await run();
      console.log(`ok     ${name}`);
    } catch (error) {
      failed += 1;
      console.log(`FAILED ${name}\n${error.stack}`);
    }
  }
  console.log(`${checks.length} checks, ${failed} failed`);
  process.exitCode = failed === 0 ? 0 : 1;
}
