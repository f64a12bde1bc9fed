import type { IDataObject, IExecuteFunctions, INodeExecutionData } from 'n8n-workflow';

import type { Engine, JsonObject } from '../../engine';
import { getEngine } from '../shared/engine';
import { failItem } from '../shared/errors';
import { madeBy } from '../shared/fields';
import { ShownAs } from '../shared/shownAs';
import { stamped } from '../shared/stamp';
import type { Opened } from '../shared/step';
import { settingsOf } from './settings';
import type { OnSiteSettings } from './settings';

/** A manual run: rendered as the chosen profile, to look at. Recorded nowhere, shown to nobody. */
export async function preview(context: IExecuteFunctions, opened: Extract<Opened, { kind: 'manual' }>): Promise<INodeExecutionData[][]> {
	const rendered: INodeExecutionData[] = [];
	const failed: INodeExecutionData[] = [...opened.failed];
	const engine = await getEngine(context);
	const settings = settingsOf(context);
	const shownAs = new ShownAs(context, engine);
	for (const manual of opened.items) {
		try {
			const { content, profile, variant, otherVariants = [] } = await engine.messages.previewOnSite({ profileId: await shownAs.as(manual, 'email', 'contactEmail'), item: manual.item.json as JsonObject, ...madeBy(settings), showing: settings.showing });
			shownAs.rendered(rendered.length, manual, profile);
			const onSite: IDataObject = { message: null, status: 'rendered', reason: 'Manual run: nothing is recorded and nobody sees it', kind: settings.showing.kind, ...(content as unknown as IDataObject), showing: settings.showing as unknown as IDataObject, ...(variant === undefined ? {} : { variant, otherVariants: otherVariants.map((other) => ({ variant: other.variant, ...(other.content as unknown as IDataObject) })) }) };
			rendered.push(stamped(manual.item, manual.index, { manual: true, profile }, { onSite }));
		} catch (error) {
			failed.push(failItem(context, error, manual.index));
		}
	}
	await tellGuards(engine, settings, rendered, shownAs);
	context.addExecutionHints({ message: "Manual run: nothing was sent. The rendered message is in the field 'onSite'.", location: 'outputPane' });
	return [rendered, failed];
}

async function tellGuards(engine: Engine, { purpose, topic, holding }: OnSiteSettings, rendered: INodeExecutionData[], shownAs: ShownAs): Promise<void> {
	const asked = { channel: 'onsite', purpose, ...(holding === undefined ? {} : { holding }) };
	const limits = await engine.messages.limits(asked);
	const guardsOf = await shownAs.guards({ ...asked, topic }, 'message');
	for (const [at, { json }] of rendered.entries()) {
		Object.assign(json.onSite as IDataObject, { limits }, guardsOf(at));
	}
}
