import { NodeOperationError } from 'n8n-workflow';
import type { IDisplayOptions, IExecuteFunctions, INodeProperties } from 'n8n-workflow';

import type { Engine, SegmentView } from '../../../../engine';
import { nameIn, nameLocator } from '../../../shared/fields';

/** More names than this do not help anybody to see the typing error. */
const MOST_NAMES = 20;

export function segmentField(displayOptions: IDisplayOptions): INodeProperties {
	return nameLocator({
		displayName: 'Segment',
		name: 'segment',
		description: 'A segment that was created before',
		placeholder: 'e.g. Active Customers',
		list: 'searchSegments',
		required: true,
		displayOptions,
	});
}

/** The segment of that name. Throws with the names there are when there is none. */
export async function chosenSegment(context: IExecuteFunctions, engine: Engine, itemIndex: number): Promise<SegmentView> {
	const name = nameIn(context.getNodeParameter('segment', itemIndex));
	if (name === '') {
		throw new NodeOperationError(context.getNode(), 'No segment is chosen', {
			itemIndex,
			description: "Choose one under 'Segment', or give its name.",
		});
	}
	const segment = await engine.segments.get(name);
	if (segment) return segment;
	throw new NodeOperationError(context.getNode(), `There is no segment named "${name}"`, {
		itemIndex,
		description: await knownNames(engine),
	});
}

async function knownNames(engine: Engine): Promise<string> {
	const names = (await engine.segments.list()).map(({ name }) => name).sort();
	if (names.length === 0) return "There are no segments yet. Make one with 'Segment: Create or Update'.";
	const more = names.length > MOST_NAMES ? ` and ${names.length - MOST_NAMES} more` : '';
	return `Known segments: ${names.slice(0, MOST_NAMES).join(', ')}${more}. Check the spelling, upper and lower case included.`;
}
