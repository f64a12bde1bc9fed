import type { Guarded } from '../shared/agent';

/** See agent.ts for what belongs here. Everything about one person that can be undone by hand does not, unless it lifts a no. */
export const GUARDED: Guarded = {
	switched: {
		consent: ['doNotSell', 'set', 'setPreferences'],
		group: ['delete'],
		list: ['copy', 'delete', 'move'],
		profile: ['attributeType', 'erase', 'merge', 'undoImport', 'unmerge'],
		scoreModel: ['delete', 'save'],
		segment: ['delete', 'rename', 'save'],
		settings: ['restore', 'set'],
		stage: ['define'],
		suppression: ['remove'],
	},
	files: {
		event: ['export', 'import', 'trackReply'],
		profile: ['export', 'import'],
		suppression: ['import'],
	},
};
