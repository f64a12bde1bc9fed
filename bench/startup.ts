import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';

import type { Loaded } from './startup/load';

/** n8n-nodes-base comes with n8n. */
export const needsN8n = true;

/** What loading the pack may add to n8n's start. */
const LIMIT = { ms: 200, megabytes: 25 };

/** Of n8n-nodes-base, one for one: a node or credential of a like kind and size to each of ours. */
const COUNTERPARTS: Record<string, string> = {
	JourneyAlertTrigger: 'nodes/ErrorTrigger/ErrorTrigger.node.js',
	JourneyAnyChannel: 'nodes/SplitInBatches/SplitInBatches.node.js',
	JourneyBestChannel: 'nodes/SplitInBatches/v3/SplitInBatchesV3.node.js',
	JourneyBranch: 'nodes/If/If.node.js',
	JourneyCollectorTrigger: 'nodes/Webhook/Webhook.node.js',
	JourneyContent: 'nodes/Contentful/Contentful.node.js',
	JourneyControl: 'nodes/N8n/N8n.node.js',
	JourneyEmail: 'nodes/EmailSend/EmailSend.node.js',
	JourneyExit: 'nodes/StopAndError/StopAndError.node.js',
	JourneyGoal: 'nodes/Set/Set.node.js',
	JourneyJoin: 'nodes/CompareDatasets/CompareDatasets.node.js',
	JourneySplit: 'nodes/Merge/Merge.node.js',
	JourneyThrottle: 'nodes/Transform/Limit/Limit.node.js',
	JourneyTrigger: 'nodes/Schedule/ScheduleTrigger.node.js',
	JourneyWait: 'nodes/Wait/Wait.node.js',
	JourneyWaitForEvent: 'nodes/Form/Form.node.js',
	LeadScore: 'nodes/Switch/Switch.node.js',
	ProfileEngine: 'nodes/DataTable/DataTable.node.js',
	SegmentFilter: 'nodes/Filter/Filter.node.js',
	JourneyCollectorApi: 'credentials/HttpHeaderAuth.credentials.js',
	JourneySmtpApi: 'credentials/Smtp.credentials.js',
	JourneysDatabaseApi: 'credentials/Postgres.credentials.js',
};

/**
 * What loading all node and credential files of the pack adds to a start of n8n, in a fresh process that has n8n-workflow
 * already, as n8n has; against as many files of a like kind of n8n-nodes-base, loaded in the same way. In turns; the fastest
 * and smallest of each side, since other load on the machine only ever adds.
 * Options: rounds (7).
 */
export default async function startup(options: Record<string, string> = {}) {
	const rounds = Number(options.rounds ?? 7);
	const root = process.cwd();
	const n8n = join(root, 'demo', 'n8n');
	const base = join(n8n, 'node_modules', 'n8n-nodes-base', 'dist');
	const listed = (JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as { n8n: { nodes: string[]; credentials: string[] } }).n8n;
	const ours = [...listed.nodes, ...listed.credentials].map((file) => join(root, file));
	const theirs = ours.map((file) => join(base, counterpartOf(file)));

	const runs: Array<{ ours: Loaded; theirs: Loaded }> = [];
	for (let round = 0; round < rounds; round += 1) runs.push({ ours: loadFresh(root, ours), theirs: loadFresh(n8n, theirs) });

	const [mine, other] = [least(runs.map((run) => run.ours)), least(runs.map((run) => run.theirs))];
	return {
		bench: 'startup', unit: 'ms', ours: Number(mine.ms.toFixed(1)), baseline: Number(other.ms.toFixed(1)), ratio: Number((other.ms / mine.ms).toFixed(3)),
		details: {
			files: `${listed.nodes.length} nodes, ${listed.credentials.length} credentials; as many of n8n-nodes-base`,
			rounds,
			'ours, each round (ms)': runs.map((run) => run.ours.ms.toFixed(0)).join(', '),
			'baseline, each round (ms)': runs.map((run) => run.theirs.ms.toFixed(0)).join(', '),
			'ours, memory': memoryOf(mine),
			'baseline, memory': memoryOf(other),
			'ours, packages that came in': mine.packages.join(', ') || 'none',
			limit: `${LIMIT.ms} ms and ${LIMIT.megabytes} MB: ${mine.ms < LIMIT.ms && mine.rssBytes / 2 ** 20 < LIMIT.megabytes ? 'kept' : 'BROKEN'}`,
		},
	};
}

function counterpartOf(file: string): string {
	const name = /([^/\\]+?)\.(?:node|credentials)\.js$/.exec(file)?.[1] ?? file;
	const counterpart = COUNTERPARTS[name];
	if (counterpart === undefined) throw new Error(`bench/startup.ts names no counterpart in n8n-nodes-base for ${name}. Add one.`);
	return counterpart;
}

function loadFresh(folder: string, files: string[]): Loaded {
	const child = join(__dirname, 'startup', 'load.js');
	return JSON.parse(execFileSync(process.execPath, ['--expose-gc', '--disable-warning=ExperimentalWarning', child, folder, ...files], { encoding: 'utf8' })) as Loaded;
}

function least(runs: Loaded[]): Loaded {
	const smallest = (pick: (run: Loaded) => number) => Math.min(...runs.map(pick));
	const [first] = runs;
	if (first === undefined) throw new Error('At least one round is needed.');
	return { ...first, ms: smallest((run) => run.ms), rssBytes: smallest((run) => run.rssBytes), heapBytes: smallest((run) => run.heapBytes) };
}

function memoryOf(loaded: Loaded): string {
	const megabytes = (bytes: number) => (bytes / 2 ** 20).toFixed(1);
	return `${megabytes(loaded.rssBytes)} MB resident, ${megabytes(loaded.heapBytes)} MB of heap, ${loaded.modules} modules`;
}
