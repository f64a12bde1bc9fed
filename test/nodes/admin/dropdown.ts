import '../harness/environment';

import { LoadOptionsContext } from 'n8n-core';
import type { ILoadOptionsFunctions, INodeListSearchResult, INodeParameters, INodeProperties, INodeType, IWorkflowExecuteAdditionalData } from 'n8n-workflow';

import { ProfileEngine } from '../../../nodes/ProfileEngine/ProfileEngine.node';
import { listSearch } from '../../../nodes/shared/fields';
import { Desk, SUBJECT } from './desk';

/** What the dropdown at that place of the panel offers, as the editor asks for it. */
export async function offered(method: keyof typeof listSearch, path: string, parameters: INodeParameters, filter?: string): Promise<string[]> {
	const { n8n } = new Desk({ type: 'profileEngine', node: new ProfileEngine(), parameters });
	const context = new LoadOptionsContext(n8n.workflow, n8n.nodeNamed(SUBJECT), { currentNodeParameters: parameters } as unknown as IWorkflowExecuteAdditionalData, `parameters.${path}`);
	const { results } = (await listSearch[method].call(context as unknown as ILoadOptionsFunctions, filter)) as INodeListSearchResult;
	return results.map(({ value }) => String(value));
}

/** A locator as the editor saves what was chosen from its list, or typed beside it. */
export const named = (value: string, mode = 'list') => ({ __rl: true, mode, value });

export const inRule = (conditions: INodeParameters): INodeParameters => ({ rule: { group: [{ combine: 'all', conditions }] } });

/** The methods by which fields at a place of a panel offer names: 'resource: operation', then names of fields from the outside in. */
export function listsAt(node: INodeType, operation: string, ...names: string[]): string[] {
	const [resource, name] = operation === '' ? [] : operation.split(': ');
	const isShown = ({ displayOptions }: INodeProperties): boolean => resource === undefined || (displayOptions?.show?.resource?.includes(resource) === true && displayOptions.show.operation?.includes(name ?? '') === true);
	const inside = (fields: INodeProperties[]) => fields.flatMap(({ options = [] }) => (options as Array<INodeProperties & { values?: INodeProperties[] }>).flatMap((option) => option.values ?? [option]));
	const [first, ...inner] = names;
	let fields = node.description.properties.filter((field) => field.name === first && isShown(field));
	for (const one of inner) fields = inside(fields).filter((field) => field.name === one);
	return [...new Set(fields.flatMap(({ modes = [] }) => modes.flatMap(({ typeOptions }) => typeOptions?.searchListMethod ?? [])))];
}
