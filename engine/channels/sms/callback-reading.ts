import type { CallbackRequest } from '../callbacks/types';

/** The engine's message id, which stands in the address that the service was given for this message. */
export function messageIn({ query }: CallbackRequest): string | null {
	return query.message === undefined || query.message === '' ? null : query.message;
}

/** Numbers as we write them: some services leave the plus out. */
export function withPlus(number: string): string {
	return /^\d{7,15}$/.test(number) ? `+${number}` : number;
}
