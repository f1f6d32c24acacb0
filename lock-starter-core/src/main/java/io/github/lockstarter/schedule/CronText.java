/*
 * Copyright 2026-present the original author or authors.
 *
 * Licensed under the Apache License, Version 2.0 (the "License");
 * you may not use this file except in compliance with the License.
 * You may obtain a copy of the License at
 *
 *      https://www.apache.org/licenses/LICENSE-2.0
 *
 * Unless required by applicable law or agreed to in writing, software
 * distributed under the License is distributed on an "AS IS" BASIS,
 * WITHOUT WARRANTIES OR CONDITIONS OF ANY KIND, either express or implied.
 * See the License for the specific language governing permissions and
 * limitations under the License.
 */

package io.github.lockstarter.schedule;

import java.time.LocalDateTime;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.TreeSet;
import java.util.function.ToIntFunction;
import java.util.stream.Collectors;

import org.jspecify.annotations.Nullable;

import org.springframework.scheduling.support.CronExpression;
import org.springframework.util.StringUtils;

/**
 * Writes cron expressions that mean the same in the same way: whatever their spaces,
 * macros, names, ranges and steps.
 */
final class CronText {

	/** Months and their days do not depend on each other in a leap year's January. */
	private static final LocalDateTime NEW_YEAR = LocalDateTime.of(2024, 1, 1, 0, 0);

	private static final List<String> DAYS = List.of("MON", "TUE", "WED", "THU", "FRI", "SAT", "SUN");

	private static final List<Field> FIELDS = List.of(
			new Field("%s * * * * *", NEW_YEAR.plusMinutes(1), 0, 59, LocalDateTime::getSecond),
			new Field("0 %s * * * *", NEW_YEAR.plusHours(1), 0, 59, LocalDateTime::getMinute),
			new Field("0 0 %s * * *", NEW_YEAR.plusDays(1), 0, 23, LocalDateTime::getHour),
			new Field("0 0 0 %s * *", NEW_YEAR.plusMonths(1), 1, 31, LocalDateTime::getDayOfMonth),
			new Field("0 0 0 1 %s *", NEW_YEAR.plusYears(1), 1, 12, LocalDateTime::getMonthValue),
			new Field("0 0 0 * * %s", NEW_YEAR.plusWeeks(1), 1, 7, (time) -> time.getDayOfWeek().getValue()));

	private static final int DAY_OF_MONTH = 3;

	private static final int DAY_OF_WEEK = 5;

	private CronText() {
	}

	/**
	 * Return the one way to write an expression.
	 * @param expression any way to write it
	 * @return such as {@code 0 0 3 * * MON-FRI}; {@code null} if it is no cron expression
	 */
	static @Nullable String of(String expression) {
		if (!CronExpression.isValidExpression(expression)) {
			return null;
		}
		String[] fields = StringUtils.tokenizeToStringArray(CronExpression.parse(expression).toString(), " ");
		for (int i = 0; i < fields.length; i++) {
			fields[i] = field(i, fields[i].toUpperCase(Locale.ROOT));
		}
		return String.join(" ", fields);
	}

	/**
	 * A part with a letter or sign that depends on the month, such as {@code FRIL}, stays
	 * for itself.
	 */
	private static String field(int index, String text) {
		if (text.equals("*") || text.equals("?")) {
			return "*";
		}
		String plain = Arrays.stream(text.split(","))
			.filter((part) -> !isOfMonth(index, part))
			.collect(Collectors.joining(","));
		return Arrays.stream(text.split(","))
			.map((part) -> isOfMonth(index, part) ? ofMonth(index, part) : numbers(index, plain))
			.distinct()
			.sorted()
			.collect(Collectors.joining(","));
	}

	/**
	 * Only days have such letters: JUL is a month, and no last one.
	 */
	private static boolean isOfMonth(int index, String part) {
		return (index == DAY_OF_MONTH || index == DAY_OF_WEEK)
				&& (part.contains("#") || part.endsWith("W") || part.endsWith("L") || part.startsWith("L"));
	}

	private static String ofMonth(int index, String part) {
		if (index != DAY_OF_WEEK) {
			// L-03
			return part.replaceAll("(?<!\\d)0+(?=\\d)", "");
		}
		String day = Character.isDigit(part.charAt(0)) ? DAYS.get((Character.digit(part.charAt(0), 10) + 6) % 7)
				: part.substring(0, 3);
		return day + part.substring(Character.isDigit(part.charAt(0)) ? 1 : 3).replaceAll("#0+", "#");
	}

	/**
	 * Asks Spring what the text means.
	 */
	private static String numbers(int index, String text) {
		Field field = FIELDS.get(index);
		CronExpression expression = CronExpression.parse(field.template.formatted(text));
		TreeSet<Integer> numbers = new TreeSet<>();
		LocalDateTime next = expression.next(NEW_YEAR.minusNanos(1));
		while (next != null && next.isBefore(field.end)) {
			numbers.add(field.number.applyAsInt(next));
			next = expression.next(next);
		}
		return (numbers.size() == field.max - field.min + 1) ? "*" : write(index, field, List.copyOf(numbers));
	}

	private static String write(int index, Field field, List<Integer> numbers) {
		int first = numbers.get(0);
		int step = (numbers.size() > 2) ? numbers.get(1) - first : 0;
		int last = numbers.get(numbers.size() - 1);
		boolean regular = step > 0 && last - first == step * (numbers.size() - 1) && isRegular(numbers, step);
		if (regular && step == 1) {
			return name(index, first) + "-" + name(index, last);
		}
		if (regular && last + step > field.max && index != DAY_OF_WEEK) {
			return first + "/" + step;
		}
		return numbers.stream().map((number) -> name(index, number)).collect(Collectors.joining(","));
	}

	private static boolean isRegular(List<Integer> numbers, int step) {
		for (int i = 1; i < numbers.size(); i++) {
			if (numbers.get(i) - numbers.get(i - 1) != step) {
				return false;
			}
		}
		return true;
	}

	private static String name(int index, int number) {
		return (index == DAY_OF_WEEK) ? DAYS.get(number - 1) : String.valueOf(number);
	}

	/**
	 * A field of a cron expression.
	 *
	 * @param template an expression in which nothing else limits the field
	 * @param end when each of its numbers has come once
	 * @param min its smallest number
	 * @param max its greatest number
	 * @param number reads its number off a time
	 */
	private record Field(String template, LocalDateTime end, int min, int max, ToIntFunction<LocalDateTime> number) {

	}

}
