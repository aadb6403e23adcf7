/* SPDX-License-Identifier: MIT */
/* Names of errors: the protocol's own, and errno's, whose numbers differ between machines. */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "agent/codec.h"

static const char *const names[MS_AGENT_ERRORS] = {
    [MS_AGENT_BADLINE] = "BADLINE",         [MS_AGENT_BADVERB] = "BADVERB",
    [MS_AGENT_BADARG] = "BADARG",           [MS_AGENT_NOSESSION] = "NOSESSION",
    [MS_AGENT_EXISTS] = "EXISTS",           [MS_AGENT_TOOMANY] = "TOOMANY",
    [MS_AGENT_UNSUPPORTED] = "UNSUPPORTED", [MS_AGENT_BUSY] = "BUSY",
    [MS_AGENT_INTERNAL] = "INTERNAL",
};

const char *ms_agent_error_name(enum ms_agent_error e)
{
    return (size_t)e < MS_ARRAY_LEN(names) ? names[e] : names[MS_AGENT_INTERNAL];
}

bool ms_agent_error_find(const struct ms_agent_text *name, enum ms_agent_error *out)
{
    for (size_t i = 0; i < MS_ARRAY_LEN(names); i++)
        if (ms_agent_is(name, names[i])) {
            *out = (enum ms_agent_error)i;
            return true;
        }
    return false;
}

#define E(name)                                                                                    \
    {                                                                                              \
        name, #name                                                                                \
    }
static const struct {
    int number;
    const char *name;
} errnos[] = {
    E(EPERM),
    E(ENOENT),
    E(ESRCH),
    E(EINTR),
    E(EIO),
    E(ENXIO),
    E(E2BIG),
    E(ENOEXEC),
    E(EBADF),
    E(ECHILD),
    E(EAGAIN),
    E(ENOMEM),
    E(EACCES),
    E(EFAULT),
    E(EBUSY),
    E(EEXIST),
    E(EXDEV),
    E(ENODEV),
    E(ENOTDIR),
    E(EISDIR),
    E(EINVAL),
    E(ENFILE),
    E(EMFILE),
    E(ENOTTY),
    E(EFBIG),
    E(ENOSPC),
    E(ESPIPE),
    E(EROFS),
    E(EMLINK),
    E(EPIPE),
    E(EDOM),
    E(ERANGE),
    E(EDEADLK),
    E(ENAMETOOLONG),
    E(ENOLCK),
    E(ENOSYS),
    E(ELOOP),
    E(ENOMSG),
    E(ENODATA),
    E(ETIME),
    E(ENONET),
    E(ENOLINK),
    E(ECOMM),
    E(EPROTO),
    E(EBADMSG),
    E(EOVERFLOW),
    E(ENOTUNIQ),
    E(EILSEQ),
    E(ERESTART),
    E(EUSERS),
    E(ENOTSOCK),
    E(EDESTADDRREQ),
    E(EMSGSIZE),
    E(EPROTOTYPE),
    E(ENOPROTOOPT),
    E(EPROTONOSUPPORT),
    E(ESOCKTNOSUPPORT),
    E(EOPNOTSUPP),
    E(EPFNOSUPPORT),
    E(EAFNOSUPPORT),
    E(EADDRINUSE),
    E(EADDRNOTAVAIL),
    E(ENETDOWN),
    E(ENETUNREACH),
    E(ENETRESET),
    E(ECONNABORTED),
    E(ECONNRESET),
    E(ENOBUFS),
    E(EISCONN),
    E(ENOTCONN),
    E(ESHUTDOWN),
    E(ETOOMANYREFS),
    E(ETIMEDOUT),
    E(ECONNREFUSED),
    E(EHOSTDOWN),
    E(EHOSTUNREACH),
    E(EALREADY),
    E(EINPROGRESS),
    E(ESTALE),
    E(EREMOTEIO),
    E(EDQUOT),
    E(ECANCELED),
    E(ENOKEY),
    E(EKEYEXPIRED),
    E(EKEYREVOKED),
    E(EKEYREJECTED),
    {524,
     "ENOTSUPP"}, /* the kernel's own, which gets out of it where a function forgot to translate */
};
#undef E

const char *ms_agent_errno_name(int e, char room[16])
{
    for (size_t i = 0; i < MS_ARRAY_LEN(errnos); i++)
        if (errnos[i].number == e)
            return errnos[i].name;
    snprintf(room, 16, "E%d", e);
    return room;
}

int ms_agent_errno_find(const struct ms_agent_text *name)
{
    uint64_t number;

    for (size_t i = 0; i < MS_ARRAY_LEN(errnos); i++)
        if (ms_agent_is(name, errnos[i].name))
            return errnos[i].number;
    if (name->n > 1 && *name->p == 'E' &&
        codec_decimal(name->p + 1, name->n - 1, 4095, &number) == MS_OK)
        return (int)number;
    return 0;
}

void ms_agent_put_error(struct ms_agent_out *o, uint32_t session, uint32_t id,
                        enum ms_agent_error e, const char *text)
{
    enum { LONGEST = 1024 }; /* each octet may take three */

    ms_agent_begin(o, session, id, "err");
    ms_agent_put_word(o, ms_agent_error_name(e));
    ms_agent_put_textn(o, "text", text, strnlen(text, LONGEST));
    ms_agent_end(o);
}

int ms_agent_take_error(const struct ms_agent_line *l, struct ms_error *err)
{
    char text[512] = "";
    enum ms_agent_error e;
    const struct ms_agent_text *said = ms_agent_find(l, "text");

    if (said != NULL && ms_agent_get_text(said, text, sizeof text) != MS_OK)
        snprintf(text, sizeof text, "(its text is too long)");
    if (!ms_agent_error_find(&l->name, &e))
        return ms_fail(err, MS_ERR_SYS, "the agent: %.*s%s%s",
                       (int)(l->name.n < 32 ? l->name.n : 32), l->name.p, *text ? ": " : "", text);
    bool lacking = e == MS_AGENT_BADVERB || e == MS_AGENT_UNSUPPORTED;
    return ms_fail(err, lacking ? MS_ERR_UNSUPPORTED : MS_ERR_SYS, "the agent: %s%s%s",
                   ms_agent_error_name(e), *text ? ": " : "", text);
}
