import { compileMessage } from '../../../engine/templates';
import type { Surroundings, TextContent } from '../../../engine/templates/types';

export type { Surroundings } from '../../../engine/templates';

export const compileText = async (content: TextContent & { around?: Surroundings }) => await compileMessage('sms', content);
