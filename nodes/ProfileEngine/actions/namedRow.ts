import type { IDataObject } from 'n8n-workflow';

/** A segment or list as an item: people and journeys know it by its name, so the engine's own number of it stays inside. */
export function rowOf({ id: _number, ...shown }: { id: number; name: string }): IDataObject {
	return shown as IDataObject;
}
