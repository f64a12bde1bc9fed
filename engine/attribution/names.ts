import { sql } from 'kysely';

import type { Reader } from '../store';
import type { Group } from './conversions';
import type { AttributionDimension, ConversionGroup } from './types';

interface StepName {
	workflow: string;
	step: string;
	name: string;
}

/** The groups as they are shown: names in place of ids, as far as they are known. Three statements. */
export async function nameGroups(reader: Reader, by: readonly AttributionDimension[], groups: readonly Group[]): Promise<ConversionGroup[]> {
	const asked = <Key extends string | number>(dimension: AttributionDimension, of: (group: Group) => Key | null) => (by.includes(dimension) ? [...new Set(groups.map(of).filter((key) => key !== null))] : []);
	const journeys = await reader.all<{ id: string; step: string; name: string }>(sql<{ id: string; step: string; name: string }>`select id, step, name from journey where ${reader.dialect.anyOf(sql`id`, asked('journey', ({ touch }) => touch.journey))}`);
	const steps = await stepNames(reader, asked('step', ({ touch }) => touch.workflow));
	const templates = await reader.all<{ id: number; key: string; name: string }>(sql<{ id: number; key: string; name: string }>`select id, key, name from content_item where ${reader.dialect.anyOf(sql`id`, asked('template', ({ touch }) => touch.template))}`);
	const journeyOf = new Map(journeys.map((row) => [row.id, row]));
	const nameOf = new Map(steps.map((row) => [stepId(row), row.name]));
	const templateOf = new Map(templates.map((row) => [Number(row.id), row]));

	return groups.map(({ tally, touch, day }) => {
		const journey = journeyOf.get(touch.journey ?? '');
		const template = templateOf.get(touch.template ?? -1);
		const told: Record<AttributionDimension, Partial<ConversionGroup>> = {
			journey: { workflow: touch.workflow, journey: journey?.step ?? null, journeyName: journey?.name ?? '' },
			step: { workflow: touch.workflow, step: touch.step, stepName: nameOf.get(stepId(touch)) ?? touch.step },
			channel: { channel: touch.channel },
			topic: { topic: touch.topic },
			// Deleted: the ledger still knows which version it was made of, nobody knows its key.
			template: { template: touch.template === null ? null : { key: template?.key ?? '', name: template?.name ?? '' } },
			variant: { variant: touch.variant },
			day: { day },
		};
		return { ...Object.assign({}, ...by.map((dimension) => told[dimension])) as Partial<ConversionGroup>, ...tally.figures(), assisted: tally.assisted };
	});
}

export function stepId({ workflow, step }: { workflow: string; step: string }): string {
	return `${workflow} ${step}`;
}

export async function stepNames(reader: Reader, workflows: readonly string[]): Promise<StepName[]> {
	return await reader.all<StepName>(sql<StepName>`select workflow, step, name from step where ${reader.dialect.anyOf(sql`workflow`, workflows)}`);
}

/** Steps of this id or name, in any workflow. */
export async function stepsCalled(reader: Reader, asked: string): Promise<string[]> {
	const rows = await reader.all<Omit<StepName, 'name'>>(sql<Omit<StepName, 'name'>>`select workflow, step from step where step = ${asked} or name = ${asked}`);
	return rows.map(stepId);
}
