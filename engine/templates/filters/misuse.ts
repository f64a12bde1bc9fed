/** A filter that was asked for what it cannot do. Sentences without a full stop, and without a value of the person. */
export class FilterMisuse extends Error {
	override readonly name = 'FilterMisuse';

	constructor(message: string, readonly remedy: string) {
		super(message);
	}
}
