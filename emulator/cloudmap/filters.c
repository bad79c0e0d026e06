/* SPDX-License-Identifier: Apache-2.0 */
#include "filters.h"

#include <stdlib.h>

#include "ids.h"
#include "rows.h"

static const struct {
    const char *name;
    unsigned flag;
    int least, most; /* values */
} conditions[] = {
    {"EQ",          FILTER_EQ,          1, 1  },
    {"IN",          FILTER_IN,          1, 100},
    {"BETWEEN",     FILTER_BETWEEN,     2, 2  },
    {"BEGINS_WITH", FILTER_BEGINS_WITH, 1, 1  },
};

/* The shape holds: the name and the condition are ones. */
static size_t condition_of(const struct cJSON *given)
{
    const char *name = json_string(given, "Condition");
    size_t i = 0;
    while (name && strcmp(conditions[i].name, name) != 0)
        i++;
    return i;
}

static const struct filter *filter_of(const struct filter *filters, const struct cJSON *given)
{
    while (strcmp(filters->name, json_string(given, "Name")) != 0)
        filters++;
    return filters;
}

/* Dates are numbers of seconds, given as text. */
static bool are_dates(const struct cJSON *values)
{
    for (const struct cJSON *value = json_first(values); value; value = json_next(value)) {
        char *end;
        strtod(json_text(value), &end);
        if (*end)
            return false;
    }
    return true;
}

static enum status check_one(struct invocation *call, const struct filter *filter,
                             const struct cJSON *given)
{
    size_t i = condition_of(given);
    int count = json_size(json_member(given, "Values"));
    if (!(filter->flags & conditions[i].flag))
        return error_set(&call->error, ERR_INVALID_INPUT,
                         "Condition %s is not supported for the filter %s", conditions[i].name,
                         filter->name);
    if (count < conditions[i].least || count > conditions[i].most)
        return error_set(&call->error, ERR_INVALID_INPUT,
                         "Condition %s of the filter %s takes %d to %d values", conditions[i].name,
                         filter->name, conditions[i].least, conditions[i].most);
    if (conditions[i].flag == FILTER_BETWEEN && !are_dates(json_member(given, "Values")))
        return error_set(&call->error, ERR_INVALID_INPUT,
                         "The filter %s takes two times in seconds since 1970", filter->name);
    return OK;
}

enum status filters_check(struct invocation *call, const struct filter *filters)
{
    const struct cJSON *given = json_first(json_member(call->input, "Filters"));
    for (; given; given = json_next(given))
        if (check_one(call, filter_of(filters, given), given) != OK)
            return call->error.status;
    return OK;
}

static bool is_between(double value, const struct cJSON *values)
{
    const struct cJSON *first = json_first(values);
    return value >= strtod(json_text(first), NULL) &&
           value <= strtod(json_text(json_next(first)), NULL);
}

static bool equals(struct invocation *call, const struct filter *filter, const char *text,
                   const char *wanted)
{
    if (filter->flags & FILTER_OWNER)
        return strcmp(wanted, "SELF") == 0;
    return strcmp(text, filter->flags & FILTER_ID ? id_of_text(call, wanted) : wanted) == 0;
}

static bool holds(struct invocation *call, const struct filter *filter, const struct cJSON *given,
                  const struct cJSON *row)
{
    const struct cJSON *values = json_member(given, "Values");
    unsigned flag = conditions[condition_of(given)].flag;
    const char *text = row_text(row, filter->path);
    if (flag == FILTER_BETWEEN)
        return is_between(json_number(row, filter->path, 0), values);
    for (const struct cJSON *value = json_first(values); text && value; value = json_next(value)) {
        const char *wanted = json_text(value);
        if (flag == FILTER_BEGINS_WITH ? strncmp(text, wanted, strlen(wanted)) == 0
                                       : equals(call, filter, text, wanted))
            return true;
    }
    return false;
}

bool filters_hold(struct invocation *call, const struct filter *filters, const struct cJSON *row)
{
    const struct cJSON *given = json_first(json_member(call->input, "Filters"));
    for (; given; given = json_next(given))
        if (!holds(call, filter_of(filters, given), given, row))
            return false;
    return true;
}
