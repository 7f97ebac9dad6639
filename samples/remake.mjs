// Makes universities.csv again from the npm package named below. Run: node samples/remake.mjs
import { execFileSync } from 'node:child_process';
import { copyFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const source = 'universities@0.0.3';
const here = import.meta.dirname;
const folder = mkdtempSync(join(tmpdir(), 'troupe-samples-'));
const [{ filename }] = JSON.parse(execFileSync('npm', ['pack', source, '--json'], { cwd: folder, encoding: 'utf8' }));
execFileSync('tar', ['xzf', filename], { cwd: folder });

// The package's lines are country,name,website; a name that holds a comma is quoted.
const line = /^([A-Z]{2}),(?:"((?:[^"]|"")*)"|([^,]*)),(.*)$/;
const quoted = (text) => (/[",\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text);
const seen = new Set();
const rows = ['account_id,name,country,domain,website'];
for (const text of readFileSync(join(folder, 'package/world-universities.csv'), 'utf8').split(/\r?\n/).filter(Boolean)) {
  const [, country, inQuotes, plain, url] = line.exec(text) ?? [];
  if (!country) throw new Error(`Not as expected: ${text}`);
  const name = (inQuotes?.replaceAll('""', '"') ?? plain).trim();
  const website = url.trim();
  if (seen.has(country + name + website)) continue;
  seen.add(country + name + website);
  const domain = new URL(website).hostname.replace(/^www\d?\./, '');
  rows.push([`U${String(rows.length).padStart(5, '0')}`, quoted(name), country, domain, website].join(','));
}

writeFileSync(join(here, 'universities.csv'), rows.join('\n') + '\n');
copyFileSync(join(folder, 'package/LICENSE'), join(here, 'universities.LICENSE'));
rmSync(folder, { recursive: true });
console.log(`${rows.length - 1} rows`);
