import type { IDisplayOptions, ILoadOptionsFunctions, INodeProperties, INodePropertyOptions } from 'n8n-workflow';

import type { SettingsValues } from '../../../engine';
import { getEngine } from '../engine';

/** n8n knows no field that is always greyed out; every version of a node is 1 or higher. */
const ALWAYS: IDisplayOptions = { show: { '@version': [{ _cnd: { gte: 1 } }] } };

/** Of a setting that takes more than one line. */
const LINES: Partial<Record<keyof SettingsValues, number>> = { alerts: 4 };

function valueOf(setting: keyof SettingsValues, line: number): string {
	return line === 0 ? setting : `${setting} ${line + 1}`;
}

/**
 * The settings by which the node goes, as they are now: n8n asks for the names of the choices when the panel opens, and these are the values. What is chosen are
 * the settings' names, which never change, so that nothing of it is kept in the workflow.
 */
export function settingsInForceField(names: Array<keyof SettingsValues>, displayOptions?: IDisplayOptions): INodeProperties {
	return {
		displayName: 'Settings in Force',
		name: 'settingsInForce',
		type: 'multiOptions',
		noDataExpression: true,
		typeOptions: { loadOptionsMethod: 'settingsInForce' },
		...(displayOptions === undefined ? {} : { displayOptions }),
		disabledOptions: ALWAYS,
		default: [...names.flatMap((setting) => Array.from({ length: LINES[setting] ?? 1 }, (_none, n) => valueOf(setting, n)))],
		// eslint-disable-next-line n8n-nodes-base/node-param-description-wrong-for-dynamic-multi-options -- nothing is chosen here, and no ID can be given.
		description: 'What is set for all journeys and holds here, as it is now. It is changed with Profile Engine (Setting: Change).',
	};
}

/** For `methods = { loadOptions }` of every node with the field. Always all of them: a name that was missing would be marked as wrong. */
export async function settingsInForce(this: ILoadOptionsFunctions): Promise<INodePropertyOptions[]> {
	const { settings } = await getEngine(this);
	return (await settings.inForce()).flatMap(({ setting, lines }) => lines.map((name, n) => ({ name, value: valueOf(setting, n) })));
}

export const loadOptions = { settingsInForce };
