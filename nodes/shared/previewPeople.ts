import type { IDataObject, IExecuteFunctions, INodeExecutionData } from 'n8n-workflow';

import type { Engine, HoldingPolicy, PreviewPerson, SendPurpose } from '../../engine';
import { getEngine } from './engine';
import { failItem } from './errors';
import { ShownAs } from './shownAs';
import { stamped } from './stamp';
import type { ManualItem, Opened } from './step';

/** What a manual run of a sender asks of it. */
export interface Previewing {
	/** The item's field that it comes out in. */
	field: string;
	channel: string;
	purpose: SendPurpose;
	topic: string;
	holding?: HoldingPolicy;
	/** As which devices count, where the provider serves only some. */
	platforms?: string[];
	/** Tests that a run sends at most. */
	mostTests: number;
	render(manual: ManualItem, profile: PreviewPerson, mayTest: boolean): Promise<{ profile: number | null; sentTo: string | null; trouble: string | null } & object>;
	hint(sent: number): string;
}

/** A manual run: rendered as the chosen profile, to look at, with what the guards would say. Recorded nowhere. */
export async function previewPeople(context: IExecuteFunctions, opened: Extract<Opened, { kind: 'manual' }>, asked: Previewing): Promise<INodeExecutionData[][]> {
	const rendered: INodeExecutionData[] = [];
	const failed: INodeExecutionData[] = [...opened.failed];
	const engine = await getEngine(context);
	const shownAs = new ShownAs(context, engine);
	const troubles = new Set<string>();
	let sent = 0;
	for (const manual of opened.items) {
		try {
			const { profile, sentTo, trouble, ...rendition } = await asked.render(manual, await shownAs.as(manual, 'user_id', 'contactUserId'), sent < asked.mostTests);
			if (sentTo !== null) sent += 1;
			shownAs.rendered(rendered.length, manual, profile);
			if (trouble !== null) troubles.add(trouble);
			const about: IDataObject = { message: null, status: sentTo === null ? 'rendered' : 'test', reason: 'Manual run: nothing is recorded and no customer gets it', sentTo, ...rendition, ...(trouble === null ? {} : { trouble }) };
			rendered.push(stamped(manual.item, manual.index, { manual: true, profile }, { [asked.field]: about }));
		} catch (error) {
			failed.push(failItem(context, error, manual.index));
		}
	}
	await tellGuards(engine, asked, rendered, shownAs);
	tellTroubles(context, troubles);
	context.addExecutionHints({ message: asked.hint(sent), location: 'outputPane' });
	return [rendered, failed];
}

/** What a journey would hold of what was looked at. */
export function tellTroubles(context: IExecuteFunctions, troubles: ReadonlySet<string>, what = 'message'): void {
	for (const trouble of troubles) context.addExecutionHints({ type: 'warning', message: `In a journey this ${what} would not leave. ${trouble}`, location: 'outputPane' });
}

async function tellGuards(engine: Engine, asked: Previewing, rendered: INodeExecutionData[], shownAs: ShownAs): Promise<void> {
	const { channel, purpose, topic, holding, platforms, field } = asked;
	const about = { channel, purpose, ...(holding === undefined ? {} : { holding }) };
	const limits = await engine.messages.limits(about);
	const guardsOf = await shownAs.guards({ ...about, topic, ...(platforms === undefined ? {} : { platforms }) }, 'message');
	for (const [at, { json }] of rendered.entries()) {
		Object.assign(json[field] as IDataObject, { limits }, guardsOf(at));
	}
}
