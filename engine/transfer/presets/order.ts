import type { JsonObject, JsonValue } from '../../kernel';

/** Properties without those that are not known: an export's empty cell says nothing. */
export function known(properties: Record<string, JsonValue | undefined>): JsonObject {
	return Object.fromEntries(Object.entries(properties).filter((entry): entry is [string, JsonValue] => entry[1] !== undefined && entry[1] !== null && entry[1] !== ''));
}

/** Names of Segment's e-commerce spec (https://segment.com/docs/connections/spec/ecommerce/v2/). */
export const ORDER_COMPLETED = 'Order Completed';
export const ORDER_CANCELLED = 'Order Cancelled';
