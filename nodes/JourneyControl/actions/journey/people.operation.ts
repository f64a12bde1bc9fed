import type { IDataObject, IExecuteFunctions, INodeExecutionData, INodeProperties } from 'n8n-workflow';

import type { Engine, PersonAtStep } from '../../../../engine';
import { eachItem } from '../../../shared/eachItem';
import { limitFields, limitOf } from '../../../shared/fields/limit';
import { oneWorkflowOf, scopeFields } from '../scope';
import { stepField } from './stepField';

const displayOptions = { show: { resource: ['journey'], operation: ['people'] } };

/** Rows a call to the engine; larger ones hold its thread for longer than they save. */
const PAGE = 1000;

export const description: INodeProperties[] = [
	...scopeFields(displayOptions, { all: false }),
	stepField(displayOptions, 'Only the people at this step'),
	...limitFields(displayOptions),
];

/** Who stands where, since when, and when they are due. */
export async function execute(this: IExecuteFunctions, engine: Engine): Promise<INodeExecutionData[]> {
	return await eachItem(this, async (index) => {
		const workflow = oneWorkflowOf(this, index);
		const step = this.getNodeParameter('step', index, '') as string;
		const limit = limitOf(this, index);
		const people = await pages(engine, { workflow, ...(step === '' ? {} : { step }) }, limit);
		return people.map(personRow);
	});
}

/**
 * Page by page after the last profile seen. Somebody in two branches has two rows, which a full page may cut in two:
 * that profile's rows are dropped from the page and come whole with the next.
 */
async function pages(engine: Engine, filter: { workflow: string; step?: string }, limit: number): Promise<PersonAtStep[]> {
	const people: PersonAtStep[] = [];
	let afterProfile: number | undefined;
	while (people.length < limit) {
		const page = await engine.journeys.people({ ...filter, limit: PAGE, ...(afterProfile === undefined ? {} : { afterProfile }) });
		const last = page.at(-1)?.profile;
		const whole = page.length < PAGE ? page : page.filter(({ profile }) => profile !== last);
		people.push(...(whole.length === 0 ? page : whole));
		if (page.length < PAGE) break;
		afterProfile = people.at(-1)?.profile;
	}
	return people.slice(0, limit);
}

function personRow(person: PersonAtStep): IDataObject {
	return {
		profileId: person.profile,
		step: person.stepName,
		state: person.state,
		since: person.since,
		dueAt: person.dueAt,
		reason: person.reason,
		attributes: person.attributes as IDataObject,
		enrollmentId: person.enrollment,
		stepId: person.step,
	};
}
