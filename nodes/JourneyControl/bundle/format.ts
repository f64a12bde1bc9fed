import type { ScoreModel, SegmentRule, SettingsValues, StageDefinition } from '../../../engine';
import { parseJson } from '../../shared/json';
import { withoutSecrets } from './secrets';

/** A journey with everything it names, as one JSON that a person can read and Git can compare. Things are known by their names: ids differ from instance to instance. */
export interface Bundle {
	format: typeof FORMAT;
	version: number;
	/** As n8n exports it: nodes, connections, settings; without credentials, pinned data and what one instance remembers. */
	workflow: WorkflowJson;
	segments: Array<{ name: string; rule: SegmentRule }>;
	/** By name; who is on them stays behind. */
	lists: string[];
	scoreModels: ScoreModel[];
	/** Only where somebody is asked for their stage. */
	stages: StageDefinition | null;
	/** Those that somebody chose; nothing that belongs to one instance only. */
	settings: Partial<SettingsValues>;
}

export type WorkflowJson = { name: string; nodes: Array<Record<string, unknown>>; connections: Record<string, unknown>; settings?: Record<string, unknown> };

export const FORMAT = 'n8n-nodes-journeys/bundle';
export const VERSION = 1;

/** Settings that mean the same elsewhere. Addresses of this instance, limits of its machine and blocked values stay. */
export const SETTINGS = [
	'zone', 'defaultCountry', 'currency', 'languages', 'topics', 'caps', 'quietHours', 'blackoutDates', 'guardedPurposes', 'holdAtMostHours', 'holdout', 'conversions', 'attribution', 'alerts', 'senders',
] as const satisfies ReadonlyArray<keyof SettingsValues>;

/** Throws an Error that says what is wrong. */
export function readBundle(given: unknown): Bundle {
	const value = (typeof given === 'string' ? parseJson(given) : given) as Partial<Bundle> | null | undefined;
	if (typeof value !== 'object' || value === null || value.format !== FORMAT) throw new Error('This is no bundle of a journey. Give what Bundle: Export puts out, whole.');
	if (typeof value.version !== 'number' || value.version > VERSION) throw new Error(`This bundle was made by a newer version of n8n-nodes-journeys (format ${String(value.version)}; this one knows ${VERSION}). Update the package first. Nothing was changed.`);
	if (typeof value.workflow !== 'object' || value.workflow === null || !Array.isArray(value.workflow.nodes)) throw new Error('This bundle has no workflow. Export it again.');
	const lists = (name: keyof Bundle) => (Array.isArray(value[name]) ? value[name] : []);
	return {
		format: FORMAT, version: value.version, workflow: cleanWorkflow(value.workflow as unknown as Record<string, unknown>), segments: lists('segments') as Bundle['segments'], lists: (lists('lists') as unknown[]).map(String),
		scoreModels: lists('scoreModels') as ScoreModel[], stages: value.stages ?? null, settings: value.settings ?? {},
	};
}

/** Of a node only what draws and sets it. A credential is a secret's name and id: whoever imports chooses their own. */
const NODE_KEYS = ['id', 'name', 'type', 'typeVersion', 'position', 'parameters', 'disabled', 'onError', 'notes', 'notesInFlow', 'webhookId', 'retryOnFail', 'maxTries', 'waitBetweenTries', 'alwaysOutputData', 'executeOnce', 'continueOnFail'];

/** Settings of a workflow that name other workflows by their ids. */
const OF_ONE_INSTANCE: ReadonlySet<string> = new Set(['errorWorkflow', 'callerIds', 'callerPolicy']);

export function cleanWorkflow(workflow: Record<string, unknown>): WorkflowJson {
	const nodes = (workflow.nodes as Array<Record<string, unknown>>).map((node) => Object.fromEntries(NODE_KEYS.filter((key) => node[key] !== undefined).map((key) => [key, key === 'parameters' ? withoutSecrets(node[key]) : node[key]])));
	return {
		name: typeof workflow.name === 'string' ? workflow.name : '', nodes, connections: (workflow.connections ?? {}) as Record<string, unknown>,
		...(typeof workflow.settings === 'object' && workflow.settings !== null ? { settings: Object.fromEntries(Object.entries(workflow.settings).filter(([name]) => !OF_ONE_INSTANCE.has(name))) } : {}),
	};
}
