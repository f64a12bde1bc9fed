import type { Guarded } from '../shared/agent';

/** See agent.ts for what belongs here: what is published goes to everybody that a journey writes to. */
export const GUARDED: Guarded = {
	switched: {
		block: ['delete', 'publish'],
		brand: ['set'],
		coupon: ['assign', 'deletePool', 'updatePool'],
		image: ['delete', 'update'],
		product: ['deleteFeed'],
		template: ['delete', 'publish', 'sendTest', 'unpublish'],
	},
	files: {
		coupon: ['import'],
		image: ['upload'],
		product: ['importFeed'],
	},
};
