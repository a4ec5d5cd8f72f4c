// run_chapters.mjs [--write] HOME CHAPTER...: does what a book says, and compares what it prints.
//
// The chapters are Markdown, read in the order given, as one story in one shell, which begins in HOME.
//
//   ```console           A session. A line "$ COMMAND" is run, with the lines "> …" under it; what stands
//   ```console exit=1    before the next has to be printed, stdout and stderr together. The command has
//                        to succeed, or the last of the block to end with the code that is named.
//   ```cpp PATH          Any language and a path, relative to where the shell is: the file has to have
//                        these lines, one after the other.
//
// In what is printed "…" stands for any text of a line, and a line of "…" alone for any lines. Relative
// links have to lead somewhere. With --write what is printed otherwise is put into the chapters.
import { spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { createInterface } from 'node:readline';

const kLongestCommandMs = 300_000;

const args = process.argv.slice(2);
const write = args[0] === '--write';
if (write) args.shift();
const [home, ...chapters] = args;
if (!chapters.length) {
  console.error('usage: run_chapters.mjs [--write] HOME CHAPTER...');
  process.exit(2);
}

// One shell for the whole story, so that folders, variables and jobs last from command to command.
class Shell {
  constructor() {
    this.folder = mkdtempSync(join(tmpdir(), 'chapters-'));
    // A group of its own, so that whatever a chapter leaves running can be ended.
    this.process = spawn('bash', ['--norc', '--noprofile'],
      { cwd: home, detached: true, stdio: ['pipe', 'ignore', 'inherit', 'pipe'],
        env: { ...process.env, HOME: home, LC_ALL: 'C.UTF-8', PAGER: 'cat' } });
    this.answers = createInterface({ input: this.process.stdio[3] })[Symbol.asyncIterator]();
    this.count = 0;
  }

  // The command's exit code and output, and the folder that the shell is in afterwards.
  async run(command) {
    this.count += 1;
    const script = join(this.folder, `${this.count}.sh`);
    const output = join(this.folder, `${this.count}.out`);
    writeFileSync(script, `${command}\n`);
    // Read in this shell, and not from its input, which has the commands that follow.
    this.process.stdin.write(
      `source ${script} < /dev/null > ${output} 2>&1 3>&-; echo "$? $PWD" >&3\n`);
    let timer;
    const late = new Promise((_, refuse) => {
      timer = setTimeout(() => refuse(new Error(
        `took longer than ${kLongestCommandMs / 1000} s; so far it printed:\n${readFileSync(output)}`)),
      kLongestCommandMs);
    });
    const answer = await Promise.race([this.answers.next(), late]).finally(() => clearTimeout(timer));
    const printed = readFileSync(output, 'utf8');
    if (answer.done) throw new Error(`ended the shell; it printed:\n${printed}`);
    const [, code, place] = answer.value.match(/^(\d+) (.*)$/);
    return { code: Number(code), place, printed };
  }

  end() {
    try {
      process.kill(-this.process.pid, 'SIGKILL');
    } catch { /* It has ended. */ }
    rmSync(this.folder, { recursive: true, force: true });
  }
}

const trimmed = (text) => {
  const lines = text.replace(/\s+$/, '').split('\n').map((line) => line.trimEnd());
  return lines.length === 1 && lines[0] === '' ? [] : lines;
};

function lineMatches(expected, line) {
  const parts = expected.split('…');
  if (parts.length === 1) return expected === line;
  if (!line.startsWith(parts[0])) return false;
  let at = parts[0].length;
  for (const part of parts.slice(1, -1)) {
    const found = line.indexOf(part, at);
    if (found < 0) return false;
    at = found + part.length;
  }
  const last = parts.at(-1);
  return line.length - last.length >= at && line.endsWith(last);
}

// Whether the lines are those expected, whose lines of "…" alone stand for any number.
function linesMatch(expected, lines) {
  let reachable = new Set([0]);
  for (const line of expected) {
    const next = new Set();
    for (const at of reachable) {
      if (line.trim() === '…') {
        for (let to = at; to <= lines.length; to += 1) next.add(to);
      } else if (at < lines.length && lineMatches(line, lines[at])) {
        next.add(at + 1);
      }
    }
    reachable = next;
  }
  return reachable.has(lines.length);
}

// The blocks of a chapter: { info, first, lines }, `first` the index of the line after the fence.
function blocksOf(lines) {
  const blocks = [];
  let open = null;
  lines.forEach((line, index) => {
    if (open && line.trim() === '```') {
      blocks.push(open);
      open = null;
    } else if (open) {
      open.lines.push(line);
    } else if (line.startsWith('```')) {
      open = { info: line.slice(3).trim().split(/\s+/), first: index + 1, lines: [] };
    }
  });
  if (open) throw new Error(`line ${open.first}: the block is not closed`);
  return blocks;
}

// The commands of a session: { text, shown, expected, line }, `shown` as it stands in the block.
function commandsOf(block) {
  const commands = [];
  block.lines.forEach((line, index) => {
    const current = commands.at(-1);
    if (line.startsWith('$ ')) {
      commands.push({ text: line.slice(2), shown: [line], expected: [], line: block.first + index + 1 });
    } else if (!current) {
      throw new Error(`line ${block.first + index + 1}: a session begins with "$ COMMAND"`);
    } else if (!current.expected.length && /^>( |$)/.test(line)) {
      current.text += `\n${line.slice(2)}`;
      current.shown.push(line);
    } else {
      current.expected.push(line);
    }
  });
  return commands;
}

const indented = (lines) => lines.map((line) => `    ${line}`).join('\n');

async function runSession(shell, block, complain) {
  const exit = block.info.find((word) => word.startsWith('exit='));
  const commands = commandsOf(block);
  const rewritten = [];
  for (const command of commands) {
    const { code, place, printed } = await shell.run(command.text).catch((error) => {
      throw new Error(`line ${command.line}: ${command.text}: ${error.message}`);
    });
    shell.place = place;
    const lines = trimmed(printed);
    const expected = trimmed(command.expected.join('\n'));
    const wanted = exit && command === commands.at(-1) ? Number(exit.slice(5)) : 0;
    const good = linesMatch(expected, lines);
    if (code !== wanted) {
      // What follows stands on this command.
      throw new Error(`line ${command.line}: ${command.text}\n  ended with ${code}, not ${wanted}, and ` +
                      `printed\n${indented(lines)}`);
    }
    if (!good && !write) {
      complain(command.line, `${command.text}\n  has to print\n${indented(expected)}\n` +
                             `  and printed\n${indented(lines)}`);
    }
    rewritten.push(...command.shown, ...(good ? expected : lines));
  }
  return rewritten;
}

function checkExcerpt(shell, block, complain) {
  const path = resolve(shell.place ?? home, block.info[1]);
  if (!existsSync(path)) return complain(block.first, `there is no ${block.info[1]} in ${shell.place}`);
  const text = `\n${trimmed(readFileSync(path, 'utf8')).join('\n')}\n`;
  if (!text.includes(`\n${trimmed(block.lines.join('\n')).join('\n')}\n`)) {
    complain(block.first, `${block.info[1]} does not have these lines; it is\n${indented(trimmed(text))}`);
  }
}

function checkLinks(chapter, lines, complain) {
  lines.forEach((line, index) => {
    for (const [, target] of line.matchAll(/\]\(([^)\s]+)\)/g)) {
      const path = target.split('#')[0];
      if (!path || /^[a-z]+:/.test(path)) continue;
      if (!existsSync(resolve(dirname(chapter), path))) {
        complain(index + 1, `the link to ${target} leads nowhere`);
      }
    }
  });
}

let complaints = 0;
let commands = 0;
const shell = new Shell();
try {
  for (const chapter of chapters) {
    const lines = readFileSync(chapter, 'utf8').split('\n');
    const complain = (line, text) => {
      complaints += 1;
      console.log(`${chapter}:${line}: ${text}\n`);
    };
    const changes = [];
    try {
      checkLinks(chapter, lines, complain);
      for (const block of blocksOf(lines)) {
        if (block.info[0] === 'console') {
          commands += commandsOf(block).length;
          changes.push([block, await runSession(shell, block, complain)]);
        } else if (block.info.length > 1) {
          checkExcerpt(shell, block, complain);
        }
      }
    } catch (error) {
      complaints += 1;
      console.log(`${chapter}: ${error.message}\n  What follows was not run.`);
    }
    if (write) {
      for (const [block, rewritten] of changes.reverse()) {
        lines.splice(block.first, block.lines.length, ...rewritten);
      }
      writeFileSync(chapter, lines.join('\n'));
    }
    if (complaints && !write) break;
  }
} finally {
  shell.end();
}
console.log(`${chapters.length} chapters, ${commands} commands, ${complaints} wrong`);
process.exit(complaints ? 1 : 0);
