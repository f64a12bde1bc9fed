import { NodeHelpers } from 'n8n-workflow';
import type { IExecuteFunctions, INode, INodeTypeDescription } from 'n8n-workflow';

/** What a panel says, whether its node runs or only stands in a drawing. */
export type Panel = Pick<IExecuteFunctions, 'getNode' | 'getNodeParameter'>;

/** Of a node of a drawing, with the defaults that n8n leaves out when it saves. Expressions stay as they are written: there is no item to work them out for. */
export function drawnPanel({ id, name, type, typeVersion, parameters }: Pick<INode, 'id' | 'name' | 'type' | 'typeVersion' | 'parameters'>, description: INodeTypeDescription): Panel {
	const node: INode = { id, name, type, typeVersion, parameters, position: [0, 0] };
	const whole = NodeHelpers.getNodeParameters(description.properties, parameters, true, false, node, description) ?? parameters;
	const read = (parameter: string, _itemIndex: number, fallback?: unknown): unknown => whole[parameter] ?? fallback;
	return { getNode: () => ({ ...node, parameters: whole }), getNodeParameter: read as Panel['getNodeParameter'] };
}
