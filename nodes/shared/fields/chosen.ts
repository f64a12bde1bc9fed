import type { INodeCredentialDescription, NodeParameterValue } from 'n8n-workflow';

/**
 * Shows a credential where this is chosen, alone or among others of a list. By conditions, and not by the value in `show`: a field all of whose values stand there
 * is taken by n8n's editor for the kind of login, and is no field of the panel any more. Of a list a condition must hold for every value, and what hides is not
 * asked of an empty one.
 */
export function chosen(field: string, value: string): NonNullable<INodeCredentialDescription['displayOptions']> {
	return { show: { [field]: [condition({ exists: true })] }, hide: { [field]: [condition({ not: value })] } };
}

/** n8n's type of a credential's options knows values only. */
function condition(of: object): NodeParameterValue {
	return { _cnd: of } as unknown as NodeParameterValue;
}
