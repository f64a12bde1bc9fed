import { NodeOperationError } from 'n8n-workflow';
import type { IDataObject, IExecuteFunctions, INodeExecutionData, INodeProperties } from 'n8n-workflow';

import type { Engine, PersonExport } from '../../../../engine';
import { isTool } from '../../../shared/agent';
import { failItem } from '../../../shared/errors';
import { sourceOf } from '../../../shared/source';
import { identityFields, identityOf } from '../identity';

const displayOptions = { show: { resource: ['profile'], operation: ['exportPerson'] } };

export const description: INodeProperties[] = [
	...identityFields(displayOptions, 'to export'),
	{
		displayName: 'Output As',
		name: 'outputAs',
		type: 'options',
		noDataExpression: true,
		displayOptions: { show: displayOptions.show, hide: { '@tool': [true] } },
		options: [
			{ name: 'JSON File', value: 'file', description: 'As a binary file, ready to be handed to the person' },
			{ name: 'Item', value: 'item', description: 'As the JSON of the item' },
		],
		default: 'file',
		description: 'How it comes out. What is in an item, n8n keeps with the execution.',
	},
];

/** Everything held on one person, for the person. */
export async function execute(this: IExecuteFunctions, engine: Engine): Promise<INodeExecutionData[]> {
	const output: INodeExecutionData[] = [];
	for (let index = 0; index < this.getInputData().length; index++) {
		try {
			const person = await engine.privacy.exportPerson(identityOf(this, index), { source: sourceOf(this) });
			if (person === null) throw new NodeOperationError(this.getNode(), 'There is no such person', { itemIndex: index, description: 'Nothing is held on them. Check the value when you expected something.' });
			const pairedItem = { item: index };
			// Of a file an agent would not see a word.
			if (isTool(this) || this.getNodeParameter('outputAs', index, 'file') === 'item') output.push({ json: rowOf(person), pairedItem });
			else {
				const file = await this.helpers.prepareBinaryData(Buffer.from(JSON.stringify(person, null, '\t')), `person-${person.profile}.json`, 'application/json');
				output.push({ json: { profileId: person.profile, exportedAt: person.exportedAt, sections: Object.keys(person.sections) }, binary: { data: file }, pairedItem });
			}
		} catch (error) {
			output.push(failItem(this, error, index));
		}
	}
	return output;
}

/** The id under the name it has everywhere else. */
function rowOf({ profile, ...person }: PersonExport): IDataObject {
	return { profileId: profile, ...person } as unknown as IDataObject;
}
