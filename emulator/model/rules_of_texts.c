/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "bytes.h"
#include "json.h"
#include "rule_checks.h"

typedef enum status text_check(const char *name, const char *text, struct error *);

/* Every text but the formats of access logs. Elements of a list go by the list's name. */
static enum status check_texts(const struct cJSON *json, const char *name, text_check *check,
                               struct error *error)
{
    enum status status = OK;
    if (json_type(json) == JSON_STRING)
        return check(name, json_text(json), error);
    if (strcmp(name, "format") == 0)
        return OK;
    for (json = json_first(json); json && status == OK; json = json_next(json))
        status = check_texts(json, json_name(json) ? json_name(json) : name, check, error);
    return status;
}

static enum status has_no_control(const char *name, const char *text, struct error *error)
{
    for (const char *c = text; *c; c++)
        if ((*c > 0 && *c < ' ' && *c != '\t') || *c == '\x7f')
            return error_set(error, ERR_BAD_REQUEST, "%s must not have control characters.", name);
    return OK;
}

enum status check_control_characters(const struct rule_input *spec)
{
    return check_texts(spec->subject, "spec", has_no_control, spec->error);
}

static enum status is_there(const char *name, const char *text, struct error *error)
{
    static const char *const needed[] = {"hostname", "secretName", "certificateAuthorityArns"};
    for (size_t i = 0; i < COUNT(needed); i++)
        if (!*text && strcmp(name, needed[i]) == 0)
            return error_set(error, ERR_BAD_REQUEST, "%s must not be empty.", name);
    return OK;
}

enum status check_empty_texts(const struct rule_input *spec)
{
    return check_texts(spec->subject, "spec", is_there, spec->error);
}
