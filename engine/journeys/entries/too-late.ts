/** Who is later than this, because n8n was down, is not let in any more by a date or a schedule. */
export const TOO_LATE_MS = 86_400_000;
