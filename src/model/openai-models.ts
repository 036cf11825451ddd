/** The vendor's own models that think before they answer; it refuses the question for an effort to any other. */
export const reasons = (model: string): boolean => /^(?:gpt-[5-9]|o\d|codex-)/.test(model) && !/-chat\b/.test(model);

/** The vendor's own models, by their names: they know `max_completion_tokens`, other servers only the older `max_tokens`. */
export const isOwnModel = (model: string): boolean => /^(?:gpt-\d|chatgpt-|o\d|codex-)/.test(model);
